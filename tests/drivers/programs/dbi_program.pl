# Perl's DBI with DBD::mysql or DBD::MariaDB, as the argument says; both prepare in the server when they are asked to.
# DBI's connect_cached() is the pool. Settings come in the environment as scenario.py tells; one JSON line a step.
use strict;
use warnings;
use DBI;
use JSON::PP;

my $driver = shift @ARGV;
my $prefix = lc $driver;    # of its attributes' names
my %set    = map { $_ => $ENV{"DRIVER_$_"} } qw(HOST PORT SOCKET CA PASSWORD TENANT DIRECTORY STEPS);
my ($tenant, $data, $key) = ($set{TENANT}, "file://$set{DIRECTORY}/data", "file://$set{DIRECTORY}/key");
my $who    = 'SELECT USER(), effective_tenant()';
my $id     = 'SELECT CONNECTION_ID()';
my $json   = JSON::PP->new->canonical->allow_nonref;

sub step {
    my ($name, $action) = @_;
    return unless grep { $_ eq $name } split /,/, $set{STEPS};
    my $result = eval { $action->() };
    my %told = defined $result ? (result => $result) : (failed => "$@");
    print $json->encode({ step => $name, %told }), "\n";
}

sub dsn {
    my ($how) = @_;
    my $where = $how eq 'socket' ? "${prefix}_socket=$set{SOCKET}" : "host=$set{HOST};port=$set{PORT}";
    # DBD::mysql over libmariadb refuses TLS unless it is optional.
    $where .= ";${prefix}_ssl=1;${prefix}_ssl_optional=1;${prefix}_ssl_ca_file=$set{CA}" if $how eq 'tls';
    return "DBI:$driver:database=oceanbase;$where";
}

sub connection {
    my ($user, $password, $how) = @_;
    return DBI->connect(dsn($how // 'tcp'), $user, $password,
                        { RaiseError => 1, PrintError => 0, "${prefix}_server_prepare" => 0 });
}

sub sys { return connection('root@sys', $set{PASSWORD}, @_) }

sub rows {
    my ($handle, $sql) = @_;
    return $handle->selectall_arrayref($sql);
}

sub execute {
    my ($handle, $sql, @parameters) = @_;
    my $statement = $handle->prepare($sql, { "${prefix}_server_prepare" => 1 });
    my @found;
    for my $parameter (@parameters) {
        $statement->execute($parameter);
        push @found, $statement->{NUM_OF_FIELDS} ? $statement->fetchall_arrayref : undef;
    }
    return @found;
}

sub failure {
    my ($action) = @_;
    return eval { $action->(); 1 } ? 'no error' : [ $DBI::err + 0, $DBI::state, $DBI::errstr ];
}

step(version => sub { DBI->install_driver($driver); return "DBD::$driver"->VERSION });
step(tcp     => sub { rows(sys(), $who) });
step(tls     => sub {
    my $handle = sys('tls');
    return [ @{ rows($handle, $who) }, @{ rows($handle, q{SHOW STATUS LIKE 'Ssl_cipher'}) } ];
});
step(socket => sub { rows(sys('socket'), $who) });

step(job => sub {
    my $handle = sys();
    $handle->do("CREATE TENANT $tenant SET ob_tcp_invited_nodes = '%'");
    $handle->do("ALTER SYSTEM SET DATA_BACKUP_DEST = '$data' TENANT = $tenant");
    $handle->do("ALTER SYSTEM SET tde_method = 'internal' TENANT = $tenant");
    my $first = connection("root\@$tenant", '');
    $first->do(q{SET PASSWORD = 'p w\\'"1'});
    $first->do('ALTER INSTANCE ROTATE INNODB MASTER KEY');
    $handle->do("ALTER SYSTEM BACKUP KEY TENANT = $tenant TO '$key' ENCRYPTED BY 'key password'");
    my $own = connection("root\@$tenant", q{p w'"1});
    return [ rows($own, 'SELECT NAME, VALUE FROM oceanbase.DBA_OB_BACKUP_PARAMETER ORDER BY NAME'),
             rows($own, 'SELECT PATH, DEST_ID, DEST_TYPE FROM oceanbase.DBA_OB_BACKUP_STORAGE_INFO ORDER BY DEST_ID') ];
});

step(prepared => sub {
    my $handle = sys();
    my $select = 'SELECT TENANT_NAME FROM oceanbase.DBA_OB_TENANTS WHERE';
    my @found  = (execute($handle, "$select TENANT_NAME = ?", 'many0007', q{it's \\}),
                  execute($handle, "$select TENANT_ID = ?", 1), execute($handle, 'SELECT ? IS NULL', undef));
    execute($handle, "ALTER SYSTEM SET DATA_BACKUP_DEST = ? TENANT = $tenant", $data);
    return \@found;
});

step(errors => sub {
    my $handle = sys();
    my @found;
    for my $sql ("ALTER SYSTEM SET DATA_BACKUP_DEST = '$data' TENANT = many0001", 'SELECT FROM',
                 'SELECT * FROM oceanbase.nothing') {
        push @found, failure(sub { $handle->do($sql) });
    }
    return [ @found, failure(sub { connection('root@sys', 'wrong') }) ];
});

step(nulls => sub {
    my $handle = sys();
    return [ @{ rows($handle, q{SELECT NULL AS a, '' AS b, 0 AS c}) },
             @{ rows($handle, 'SELECT t.TENANT_NAME, p.VALUE FROM oceanbase.DBA_OB_TENANTS t LEFT JOIN'
                     . ' oceanbase.CDB_OB_BACKUP_PARAMETER p ON p.TENANT_ID = t.TENANT_ID'
                     . q{ WHERE t.TENANT_NAME = 'sys'}) } ];
});

step(times => sub {
    return rows(sys(), q{SELECT CAST('2026-01-02 03:04:05.678000' AS DATETIME(6)), LAST_CHECK_TIMESTAMP,}
                . ' CAST(LAST_CHECK_TIMESTAMP AS CHAR) FROM oceanbase.CDB_OB_BACKUP_STORAGE_INFO'
                . " WHERE PATH = '$data'")->[0];
});

step(rows => sub {
    my $found = rows(sys(), 'SELECT TENANT_ID, TENANT_NAME FROM oceanbase.DBA_OB_TENANTS'
                     . q{ WHERE TENANT_NAME LIKE 'many%' ORDER BY TENANT_ID});
    my $sum = 0;
    $sum += $_->[0] for @$found;
    return [ scalar @$found, $sum, $found->[0][1], $found->[-1][1] ];
});

step(reconnect => sub {
    my $handle = sys();
    my $number = rows($handle, $id)->[0][0];
    sys()->do("KILL $number");
    my $gone  = failure(sub { rows($handle, $id) }) ne 'no error';
    my $again = $handle->clone;
    return [ $gone ? JSON::PP::true : JSON::PP::false,
             rows($again, $id)->[0][0] != $number ? JSON::PP::true : JSON::PP::false ];
});

step(pool => sub {
    my %numbers;
    for (1 .. 20) {
        my $handle = DBI->connect_cached(dsn('tcp'), 'root@sys', $set{PASSWORD}, { RaiseError => 1, PrintError => 0 });
        $numbers{ rows($handle, $id)->[0][0] } = 1;
    }
    return [ 20, keys(%numbers) <= 4 ? JSON::PP::true : JSON::PP::false ];
});
