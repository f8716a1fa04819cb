// go-sql-driver/mysql under database/sql. Settings come in the environment as scenario.py tells; one JSON line a step.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"
)

var (
	tenant = os.Getenv("DRIVER_TENANT")
	data   = "file://" + os.Getenv("DRIVER_DIRECTORY") + "/data"
	key    = "file://" + os.Getenv("DRIVER_DIRECTORY") + "/key"
)

const (
	who      = "SELECT USER(), effective_tenant()"
	id       = "SELECT CONNECTION_ID()"
	byName   = "SELECT TENANT_NAME FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_NAME = ?"
	byID     = "SELECT TENANT_NAME FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_ID = ?"
	password = "p w'\"1"
	layout   = "2006-01-02 15:04:05.000000"
)

func step(name string, action func() (interface{}, error)) {
	for _, chosen := range strings.Split(os.Getenv("DRIVER_STEPS"), ",") {
		if chosen != name {
			continue
		}
		line := map[string]interface{}{"step": name}
		if result, err := action(); err != nil {
			line["failed"] = err.Error()
		} else {
			line["result"] = result
		}
		json.NewEncoder(os.Stdout).Encode(line)
	}
}

func open(user, secret, how string) (*sql.DB, error) {
	config := mysql.NewConfig()
	config.User, config.Passwd, config.DBName = user, secret, "oceanbase"
	config.ParseTime, config.Loc = true, time.Local
	config.Net, config.Addr = "tcp", os.Getenv("DRIVER_HOST")+":"+os.Getenv("DRIVER_PORT")
	if how == "socket" {
		config.Net, config.Addr = "unix", os.Getenv("DRIVER_SOCKET")
	}
	if how == "tls" {
		pem, err := os.ReadFile(os.Getenv("DRIVER_CA"))
		if err != nil {
			return nil, err
		}
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(pem)
		// The certificate is checked, its name is not: the server made it for no host.
		verify := func(state tls.ConnectionState) error {
			_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots})
			return err
		}
		chosen := &tls.Config{InsecureSkipVerify: true, VerifyConnection: verify}
		if err := mysql.RegisterTLSConfig("own", chosen); err != nil {
			return nil, err
		}
		config.TLSConfig = "own"
	}
	db, err := sql.Open("mysql", config.FormatDSN())
	if err == nil {
		err = db.Ping()
	}
	return db, err
}

// A session is one connection of a pool of its own.
func session(user, secret, how string, action func(*sql.DB) (interface{}, error)) (interface{}, error) {
	db, err := open(user, secret, how)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	return action(db)
}

func onSys(how string, action func(*sql.DB) (interface{}, error)) (interface{}, error) {
	return session("root@sys", os.Getenv("DRIVER_PASSWORD"), how, action)
}

func scan(found *sql.Rows) ([][]interface{}, error) {
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		return nil, err
	}
	rows := [][]interface{}{}
	for found.Next() {
		row, places := make([]interface{}, len(columns)), make([]interface{}, len(columns))
		for i := range row {
			places[i] = &row[i]
		}
		if err := found.Scan(places...); err != nil {
			return nil, err
		}
		for i, value := range row {
			switch typed := value.(type) {
			case []byte:
				row[i] = string(typed)
			case time.Time:
				row[i] = typed.Format(layout)
			}
		}
		rows = append(rows, row)
	}
	return rows, found.Err()
}

func rows(db *sql.DB, text string, parameters ...interface{}) ([][]interface{}, error) {
	found, err := db.Query(text, parameters...)
	if err != nil {
		return nil, err
	}
	return scan(found)
}

func all(db *sql.DB, texts ...string) (interface{}, error) {
	answers := []interface{}{}
	for _, text := range texts {
		found, err := rows(db, text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", text, err)
		}
		answers = append(answers, found)
	}
	return answers, nil
}

func login(how string) func() (interface{}, error) {
	return func() (interface{}, error) {
		return onSys(how, func(db *sql.DB) (interface{}, error) {
			found, err := rows(db, who)
			if how != "tls" || err != nil {
				return found, err
			}
			cipher, err := rows(db, "SHOW STATUS LIKE 'Ssl_cipher'")
			return append(found, cipher...), err
		})
	}
}

func job(db *sql.DB) (interface{}, error) {
	for _, text := range []string{"CREATE TENANT " + tenant + " SET ob_tcp_invited_nodes = '%'",
		"ALTER SYSTEM SET DATA_BACKUP_DEST = '" + data + "' TENANT = " + tenant,
		"ALTER SYSTEM SET tde_method = 'internal' TENANT = " + tenant} {
		if _, err := db.Exec(text); err != nil {
			return nil, err
		}
	}
	if _, err := session("root@"+tenant, "", "tcp", func(own *sql.DB) (interface{}, error) {
		return all(own, "SET PASSWORD = 'p w\\'\"1'", "ALTER INSTANCE ROTATE INNODB MASTER KEY")
	}); err != nil {
		return nil, err
	}
	if _, err := db.Exec("ALTER SYSTEM BACKUP KEY TENANT = " + tenant + " TO '" + key +
		"' ENCRYPTED BY 'key password'"); err != nil {
		return nil, err
	}
	return session("root@"+tenant, password, "tcp", func(own *sql.DB) (interface{}, error) {
		return all(own, "SELECT NAME, VALUE FROM oceanbase.DBA_OB_BACKUP_PARAMETER ORDER BY NAME",
			"SELECT PATH, DEST_ID, DEST_TYPE FROM oceanbase.DBA_OB_BACKUP_STORAGE_INFO ORDER BY DEST_ID")
	})
}

func prepared(db *sql.DB) (interface{}, error) {
	statement, err := db.Prepare(byName)
	if err != nil {
		return nil, err
	}
	defer statement.Close()
	answers := []interface{}{}
	for _, name := range []string{"many0007", "it's \\"} {
		found, err := statement.Query(name)
		if err != nil {
			return nil, err
		}
		scanned, err := scan(found)
		if err != nil {
			return nil, err
		}
		answers = append(answers, scanned)
	}
	for _, one := range []struct {
		text      string
		parameter interface{}
	}{{byID, 1}, {"SELECT ? IS NULL", nil}} {
		found, err := rows(db, one.text, one.parameter)
		if err != nil {
			return nil, err
		}
		answers = append(answers, found)
	}
	_, err = db.Exec("ALTER SYSTEM SET DATA_BACKUP_DEST = ? TENANT = "+tenant, data)
	return answers, err
}

func failure(err error) interface{} {
	var told *mysql.MySQLError
	if errors.As(err, &told) {
		return []interface{}{told.Number, nil, told.Message}
	}
	return fmt.Sprint(err)
}

func failures(db *sql.DB) (interface{}, error) {
	found := []interface{}{}
	for _, text := range []string{"ALTER SYSTEM SET DATA_BACKUP_DEST = '" + data + "' TENANT = many0001", "SELECT FROM",
		"SELECT * FROM oceanbase.nothing"} {
		_, err := db.Exec(text)
		found = append(found, failure(err))
	}
	_, err := open("root@sys", "wrong", "tcp")
	return append(found, failure(err)), nil
}

func nulls(db *sql.DB) (interface{}, error) {
	found, err := rows(db, "SELECT NULL AS a, '' AS b, 0 AS c")
	if err != nil {
		return nil, err
	}
	more, err := rows(db, "SELECT t.TENANT_NAME, p.VALUE FROM oceanbase.DBA_OB_TENANTS t LEFT JOIN"+
		" oceanbase.CDB_OB_BACKUP_PARAMETER p ON p.TENANT_ID = t.TENANT_ID WHERE t.TENANT_NAME = 'sys'")
	return append(found, more...), err
}

func times(db *sql.DB) (interface{}, error) {
	found, err := rows(db, "SELECT CAST('2026-01-02 03:04:05.678000' AS DATETIME(6)), LAST_CHECK_TIMESTAMP,"+
		" CAST(LAST_CHECK_TIMESTAMP AS CHAR) FROM oceanbase.CDB_OB_BACKUP_STORAGE_INFO WHERE PATH = '"+data+"'")
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

func many(db *sql.DB) (interface{}, error) {
	found, err := db.Query("SELECT TENANT_ID, TENANT_NAME FROM oceanbase.DBA_OB_TENANTS" +
		" WHERE TENANT_NAME LIKE 'many%' ORDER BY TENANT_ID")
	if err != nil {
		return nil, err
	}
	defer found.Close()
	count, sum, first, name := 0, int64(0), "", ""
	for found.Next() {
		var number int64
		if err := found.Scan(&number, &name); err != nil {
			return nil, err
		}
		if count == 0 {
			first = name
		}
		count, sum = count+1, sum+number
	}
	return []interface{}{count, sum, first, name}, found.Err()
}

func reconnect(db *sql.DB) (interface{}, error) {
	ctx := context.Background()
	connection, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	var first, next int64
	if err := connection.QueryRowContext(ctx, id).Scan(&first); err != nil {
		return nil, err
	}
	if _, err := onSys("tcp", func(other *sql.DB) (interface{}, error) {
		return other.Exec(fmt.Sprintf("KILL %d", first))
	}); err != nil {
		return nil, err
	}
	gone := connection.QueryRowContext(ctx, id).Scan(&next) != nil
	connection.Close()
	err = db.QueryRow(id).Scan(&next)
	return []bool{gone, next != first}, err
}

func pool() (interface{}, error) {
	db, err := open("root@sys", os.Getenv("DRIVER_PASSWORD"), "tcp")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(4) // else it keeps two of the four, and makes others in their place
	var wait sync.WaitGroup
	numbers, failed := make([]int64, 20), make([]error, 20)
	for i := range numbers {
		wait.Add(1)
		go func(i int) {
			defer wait.Done()
			failed[i] = db.QueryRow(id).Scan(&numbers[i])
		}(i)
	}
	wait.Wait()
	distinct := map[int64]bool{}
	for i, number := range numbers {
		if failed[i] != nil {
			return nil, failed[i]
		}
		distinct[number] = true
	}
	return []interface{}{len(numbers), len(distinct) <= 4}, nil
}

func main() {
	step("version", func() (interface{}, error) { return os.Getenv("DRIVER_VERSION"), nil })
	for _, how := range []string{"tcp", "tls", "socket"} {
		step(how, login(how))
	}
	for _, one := range []struct {
		name   string
		action func(*sql.DB) (interface{}, error)
	}{{"job", job}, {"prepared", prepared}, {"errors", failures}, {"nulls", nulls}, {"times", times}, {"rows", many},
		{"reconnect", reconnect}} {
		action := one.action
		step(one.name, func() (interface{}, error) { return onSys("tcp", action) })
	}
	step("pool", pool)
}
