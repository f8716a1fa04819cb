-- One prepared statement over and over; its parameters, if it has any, are a tenant's id, evenly at random.
sysbench.cmdline.options = {
  statement = {"The statement", "SELECT 1"},
  tenants = {"How many tenants there are (ids 1002, 1004, ...)", 1000},
}

function thread_init()
  connection = sysbench.sql.driver():connect()
  statement = connection:prepare(sysbench.opt.statement)
  if sysbench.opt.statement:find("?", 1, true) then
    tenant = statement:bind_create(sysbench.sql.type.BIGINT)
    statement:bind_param(tenant)
  end
end

function event()
  if tenant then
    tenant:set(1000 + 2 * sysbench.rand.uniform(1, sysbench.opt.tenants))
  end
  statement:execute()
end

function thread_done()
  statement:close()
  connection:disconnect()
end
