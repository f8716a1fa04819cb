<?php
// PHP's mysqli, over mysqlnd. Its pool is that of persistent connections, which it resets by COM_CHANGE_USER.

require __DIR__ . '/scenario.php';
mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);

class MysqliClient
{
    public function version(): string
    {
        return PHP_VERSION;
    }

    public function connect(string $user, string $password, string $how): mysqli
    {
        $session = mysqli_init();
        [$host, $port, $socket] = [setting('HOST'), (int) setting('PORT'), null];
        if ($how === 'socket') {
            [$host, $port, $socket] = ['localhost', 0, setting('SOCKET')];
        }
        if ($how === 'persistent') {
            $host = "p:$host";
        }
        $flags = 0;
        if ($how === 'tls') {
            $session->ssl_set(null, null, setting('CA'), null, null);
            $flags = MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_DONT_VERIFY_SERVER_CERT;
        }
        @$session->real_connect($host, $user, $password, 'oceanbase', $port, $socket, $flags);
        $session->set_charset('utf8mb4');
        return $session;
    }

    public function query(mysqli $session, string $sql): array
    {
        $result = $session->query($sql);
        return $result instanceof mysqli_result ? $result->fetch_all(MYSQLI_NUM) : [];
    }

    public function execute(mysqli $session, string $sql, $parameter): array
    {
        $statement = $session->prepare($sql);
        $statement->bind_param(is_int($parameter) ? 'i' : 's', $parameter);
        $rows = [];
        for ($time = 0; $time < 2; ++$time) {
            $statement->execute();
            $result = $statement->get_result();
            $rows = $result ? $result->fetch_all(MYSQLI_NUM) : [];
        }
        return $rows;
    }

    public function failure(mysqli_sql_exception $error): array
    {
        return [$error->getCode(), $error->getSqlState(), $error->getMessage()];
    }

    public function pool(): array
    {
        $numbers = [];
        for ($i = 0; $i < 20; ++$i) {
            $session = sys($this, 'persistent');
            $numbers[] = $this->query($session, ID)[0][0];
            $session->close();
        }
        return [count($numbers), count(array_unique($numbers)) <= 4];
    }
}

run(new MysqliClient());
