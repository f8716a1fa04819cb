<?php
// PHP's PDO for MySQL, over mysqlnd, with the server's own prepared statements. Its pool: persistent connections.

require __DIR__ . '/scenario.php';

class PdoClient
{
    public function version(): string
    {
        return PHP_VERSION;
    }

    public function connect(string $user, string $password, string $how): PDO
    {
        $where = $how === 'socket' ? 'unix_socket=' . setting('SOCKET')
                                   : 'host=' . setting('HOST') . ';port=' . setting('PORT');
        $options = [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION, PDO::ATTR_EMULATE_PREPARES => false,
                    PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_NUM, PDO::ATTR_PERSISTENT => $how === 'persistent'];
        if ($how === 'tls') {
            $options[PDO::MYSQL_ATTR_SSL_CA] = setting('CA');
            $options[PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT] = false;
        }
        return new PDO("mysql:$where;dbname=oceanbase;charset=utf8mb4", $user, $password, $options);
    }

    public function query(PDO $session, string $sql): array
    {
        $result = $session->query($sql);
        return $result->columnCount() ? $result->fetchAll() : [];
    }

    public function execute(PDO $session, string $sql, $parameter): array
    {
        $statement = $session->prepare($sql);
        $statement->bindValue(1, $parameter, is_int($parameter) ? PDO::PARAM_INT
            : (is_null($parameter) ? PDO::PARAM_NULL : PDO::PARAM_STR));
        $rows = [];
        for ($time = 0; $time < 2; ++$time) {
            $statement->execute();
            $rows = $statement->columnCount() ? $statement->fetchAll() : [];
        }
        return $rows;
    }

    public function failure(PDOException $error): array
    {
        return [$error->errorInfo[1], $error->errorInfo[0], $error->errorInfo[2]];
    }

    public function pool(): array
    {
        $numbers = [];
        for ($i = 0; $i < 20; ++$i) {
            $session = sys($this, 'persistent');
            $numbers[] = $this->query($session, ID)[0][0];
            $session = null;
        }
        return [count($numbers), count(array_unique($numbers)) <= 4];
    }
}

run(new PdoClient());
