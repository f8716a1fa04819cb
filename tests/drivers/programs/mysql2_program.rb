# Ruby's mysql2, over libmariadb. It has no pool.
#
# Settings come in the environment as scenario.py tells; one JSON line a step.

require 'json'
require 'mysql2'

ENV_OF = ->(name) { ENV.fetch("DRIVER_#{name}") }
TENANT = ENV_OF['TENANT']
DATA = "file://#{ENV_OF['DIRECTORY']}/data"
KEY = "file://#{ENV_OF['DIRECTORY']}/key"
WHO = 'SELECT USER(), effective_tenant()'
ID = 'SELECT CONNECTION_ID()'

def step(name)
  return unless ENV_OF['STEPS'].split(',').include?(name)

  line = begin
    { step: name, result: yield }
  rescue StandardError => e
    { step: name, failed: e.full_message(highlight: false) }
  end
  puts JSON.generate(line)
  $stdout.flush
end

def connect(user = 'root@sys', password = ENV_OF['PASSWORD'], how = 'tcp')
  where = how == 'socket' ? { socket: ENV_OF['SOCKET'] } : { host: ENV_OF['HOST'], port: ENV_OF['PORT'].to_i }
  where = where.merge(sslca: ENV_OF['CA']) if how == 'tls'
  Mysql2::Client.new(username: user, password: password, database: 'oceanbase', as: :array, database_timezone: :local,
                     **where)
end

def rows(client, sql)
  client.query(sql).to_a
end

def prepared(client, sql, *parameters)
  statement = client.prepare(sql)
  parameters.map { |parameter| statement.execute(parameter, as: :array).to_a }
ensure
  statement&.close
end

def failure
  yield
  'no error'
rescue Mysql2::Error => e
  [e.errno, e.sql_state, e.message]
end

def moment(time)
  time.strftime('%Y-%m-%d %H:%M:%S.%6N')
end

step('version') { Mysql2::VERSION }
step('tcp') { rows(connect, WHO) }
step('tls') do
  client = connect('root@sys', ENV_OF['PASSWORD'], 'tls')
  rows(client, WHO) + rows(client, "SHOW STATUS LIKE 'Ssl_cipher'")
end
step('socket') { rows(connect('root@sys', ENV_OF['PASSWORD'], 'socket'), WHO) }

step('job') do
  client = connect
  client.query("CREATE TENANT #{TENANT} SET ob_tcp_invited_nodes = '%'")
  client.query("ALTER SYSTEM SET DATA_BACKUP_DEST = '#{DATA}' TENANT = #{TENANT}")
  client.query("ALTER SYSTEM SET tde_method = 'internal' TENANT = #{TENANT}")
  first = connect("root@#{TENANT}", '')
  first.query("SET PASSWORD = 'p w\\'\"1'")
  first.query('ALTER INSTANCE ROTATE INNODB MASTER KEY')
  client.query("ALTER SYSTEM BACKUP KEY TENANT = #{TENANT} TO '#{KEY}' ENCRYPTED BY 'key password'")
  own = connect("root@#{TENANT}", "p w'\"1")
  [rows(own, 'SELECT NAME, VALUE FROM oceanbase.DBA_OB_BACKUP_PARAMETER ORDER BY NAME'),
   rows(own, 'SELECT PATH, DEST_ID, DEST_TYPE FROM oceanbase.DBA_OB_BACKUP_STORAGE_INFO ORDER BY DEST_ID')]
end

step('prepared') do
  client = connect
  select = 'SELECT TENANT_NAME FROM oceanbase.DBA_OB_TENANTS WHERE'
  found = prepared(client, "#{select} TENANT_NAME = ?", 'many0007', "it's \\")
  found += prepared(client, "#{select} TENANT_ID = ?", 1) + prepared(client, 'SELECT ? IS NULL', nil)
  prepared(client, "ALTER SYSTEM SET DATA_BACKUP_DEST = ? TENANT = #{TENANT}", DATA)
  found
end

step('errors') do
  client = connect
  found = ["ALTER SYSTEM SET DATA_BACKUP_DEST = '#{DATA}' TENANT = many0001", 'SELECT FROM',
           'SELECT * FROM oceanbase.nothing'].map { |sql| failure { client.query(sql) } }
  found << failure { connect('root@sys', 'wrong') }
end

step('nulls') do
  client = connect
  rows(client, "SELECT NULL AS a, '' AS b, 0 AS c") +
    rows(client, 'SELECT t.TENANT_NAME, p.VALUE FROM oceanbase.DBA_OB_TENANTS t LEFT JOIN ' \
                 'oceanbase.CDB_OB_BACKUP_PARAMETER p ON p.TENANT_ID = t.TENANT_ID ' \
                 "WHERE t.TENANT_NAME = 'sys'")
end

step('times') do
  row = rows(connect, "SELECT CAST('2026-01-02 03:04:05.678000' AS DATETIME(6)), LAST_CHECK_TIMESTAMP, " \
                      'CAST(LAST_CHECK_TIMESTAMP AS CHAR) FROM oceanbase.CDB_OB_BACKUP_STORAGE_INFO ' \
                      "WHERE PATH = '#{DATA}'").first
  [moment(row[0]), moment(row[1]), row[2]]
end

step('rows') do
  found = rows(connect, 'SELECT TENANT_ID, TENANT_NAME FROM oceanbase.DBA_OB_TENANTS ' \
                        "WHERE TENANT_NAME LIKE 'many%' ORDER BY TENANT_ID")
  [found.size, found.sum(&:first), found.first[1], found.last[1]]
end

step('reconnect') do
  client = connect
  number = rows(client, ID)[0][0]
  connect.query("KILL #{number}")
  gone = failure { client.query(ID) } != 'no error'
  [gone, rows(connect, ID)[0][0] != number]
end
