-- One statement over and over; a %d in it is a tenant's id, evenly at random.
sysbench.cmdline.options = {
  statement = {"The statement", "SELECT 1"},
  tenants = {"How many tenants there are (ids 1002, 1004, ...)", 1000},
}

function thread_init()
  connection = sysbench.sql.driver():connect()
end

function event()
  connection:query(string.format(sysbench.opt.statement, 1000 + 2 * sysbench.rand.uniform(1, sysbench.opt.tenants)))
end

function thread_done()
  connection:disconnect()
end
