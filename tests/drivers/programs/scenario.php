<?php
// What the PHP programs share: their settings (in the environment as scenario.py tells), the scenario, one JSON line a
// step. A program gives run() an object with
//
//   version(), connect($user, $password, $how), query($session, $sql), execute($session, $sql, $parameter): rows
//   failure($error): [code, SQLSTATE, text]; connect and query throw

const WHO = 'SELECT USER(), effective_tenant()';
const ID = 'SELECT CONNECTION_ID()';

function setting(string $name): string
{
    return getenv("DRIVER_$name");
}

function step(string $name, callable $action): void
{
    if (!in_array($name, explode(',', setting('STEPS')))) {
        return;
    }
    try {
        $line = ['step' => $name, 'result' => $action()];
    } catch (Throwable $error) {
        $line = ['step' => $name, 'failed' => (string) $error];
    }
    echo json_encode($line, JSON_THROW_ON_ERROR), "\n";
}

function fails(object $client, callable $action)
{
    try {
        $action();
    } catch (Exception $error) {
        return $client->failure($error);
    }
    return 'no error';
}

function sys(object $client, string $how = 'tcp')
{
    return $client->connect('root@sys', setting('PASSWORD'), $how);
}

function job(object $client, string $tenant, string $data, string $key): array
{
    $session = sys($client);
    $client->query($session, "CREATE TENANT $tenant SET ob_tcp_invited_nodes = '%'");
    $client->query($session, "ALTER SYSTEM SET DATA_BACKUP_DEST = '$data' TENANT = $tenant");
    $client->query($session, "ALTER SYSTEM SET tde_method = 'internal' TENANT = $tenant");
    $first = $client->connect("root@$tenant", '', 'tcp');
    $client->query($first, "SET PASSWORD = 'p w\\'\"1'");
    $client->query($first, 'ALTER INSTANCE ROTATE INNODB MASTER KEY');
    $client->query($session, "ALTER SYSTEM BACKUP KEY TENANT = $tenant TO '$key' ENCRYPTED BY 'key password'");
    $own = $client->connect("root@$tenant", "p w'\"1", 'tcp');
    return [
        $client->query($own, 'SELECT NAME, VALUE FROM oceanbase.DBA_OB_BACKUP_PARAMETER ORDER BY NAME'),
        $client->query($own,
            'SELECT PATH, DEST_ID, DEST_TYPE FROM oceanbase.DBA_OB_BACKUP_STORAGE_INFO ORDER BY DEST_ID'),
    ];
}

function prepared(object $client, string $tenant, string $data): array
{
    $session = sys($client);
    $select = 'SELECT TENANT_NAME FROM oceanbase.DBA_OB_TENANTS WHERE';
    $found = [
        $client->execute($session, "$select TENANT_NAME = ?", 'many0007'),
        $client->execute($session, "$select TENANT_NAME = ?", "it's \\"),
        $client->execute($session, "$select TENANT_ID = ?", 1),
        $client->execute($session, 'SELECT ? IS NULL', null),
    ];
    $client->execute($session, "ALTER SYSTEM SET DATA_BACKUP_DEST = ? TENANT = $tenant", $data);
    return $found;
}

function errors(object $client, string $data): array
{
    $session = sys($client);
    $found = [];
    foreach (["ALTER SYSTEM SET DATA_BACKUP_DEST = '$data' TENANT = many0001", 'SELECT FROM',
              'SELECT * FROM oceanbase.nothing'] as $sql) {
        $found[] = fails($client, fn () => $client->query($session, $sql));
    }
    $found[] = fails($client, fn () => $client->connect('root@sys', 'wrong', 'tcp'));
    return $found;
}

function reconnect(object $client): array
{
    $session = sys($client);
    $number = $client->query($session, ID)[0][0];
    $client->query(sys($client), "KILL $number");
    $gone = fails($client, fn () => @$client->query($session, ID)) !== 'no error';
    return [$gone, $client->query(sys($client), ID)[0][0] !== $number];
}

function many(object $client): array
{
    $rows = $client->query(sys($client), 'SELECT TENANT_ID, TENANT_NAME FROM oceanbase.DBA_OB_TENANTS'
        . " WHERE TENANT_NAME LIKE 'many%' ORDER BY TENANT_ID");
    return [count($rows), array_sum(array_column($rows, 0)), $rows[0][1], end($rows)[1]];
}

function run(object $client): void
{
    $tenant = setting('TENANT');
    $data = 'file://' . setting('DIRECTORY') . '/data';
    $key = 'file://' . setting('DIRECTORY') . '/key';
    step('version', fn () => $client->version());
    step('tcp', fn () => $client->query(sys($client), WHO));
    step('tls', function () use ($client) {
        $session = sys($client, 'tls');
        return array_merge($client->query($session, WHO), $client->query($session, "SHOW STATUS LIKE 'Ssl_cipher'"));
    });
    step('socket', fn () => $client->query(sys($client, 'socket'), WHO));
    step('job', fn () => job($client, $tenant, $data, $key));
    step('prepared', fn () => prepared($client, $tenant, $data));
    step('errors', fn () => errors($client, $data));
    step('nulls', fn () => array_merge($client->query(sys($client), "SELECT NULL AS a, '' AS b, 0 AS c"),
        $client->query(sys($client), 'SELECT t.TENANT_NAME, p.VALUE FROM oceanbase.DBA_OB_TENANTS t LEFT JOIN'
            . ' oceanbase.CDB_OB_BACKUP_PARAMETER p ON p.TENANT_ID = t.TENANT_ID'
            . " WHERE t.TENANT_NAME = 'sys'")));
    step('times', fn () => $client->query(sys($client), "SELECT CAST('2026-01-02 03:04:05.678000' AS DATETIME(6)),"
        . ' LAST_CHECK_TIMESTAMP, CAST(LAST_CHECK_TIMESTAMP AS CHAR) FROM oceanbase.CDB_OB_BACKUP_STORAGE_INFO'
        . " WHERE PATH = '$data'")[0]);
    step('rows', fn () => many($client));
    step('reconnect', fn () => reconnect($client));
    if (method_exists($client, 'pool')) {
        step('pool', fn () => $client->pool());
    }
}
