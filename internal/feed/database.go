package feed

import (
	"database/sql"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"go.yaml.in/yaml/v3"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

// scalar is the kind of a node of one value.
const scalar = yaml.ScalarNode

// utc is the zone in which marks of time are kept.
var utc = sync.OnceValue(func() *clock.Zone {
	z, err := clock.LoadZone("UTC")
	if err != nil {
		panic("feed: " + err.Error()) // it is part of the program
	}
	return z
})

// openDatabase prepares connections that can read and nothing else.
func openDatabase(kind, dsn string) (*sql.DB, error) {
	var db *sql.DB
	var err error
	if kind == mySQL {
		db, err = openMySQL(dsn)
	} else {
		db, err = openPostgres(dsn)
	}
	if err != nil { // what the driver says may hold the password
		return nil, &errs.Error{Code: errs.Usage, What: errs.Tf("this is no address of a %s database", "这不是 %s 数据库的地址", kind),
			Next: errs.T("write postgres://USER:PASSWORD@HOST/DATABASE, or USER:PASSWORD@tcp(HOST:3306)/DATABASE for MySQL", "请写 postgres://用户:密码@主机/数据库；MySQL 请写 用户:密码@tcp(主机:3306)/数据库")}
	}
	db.SetMaxOpenConns(1)
	db.SetConnMaxIdleTime(5 * time.Minute)
	return db, nil
}

func openPostgres(dsn string) (*sql.DB, error) {
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	if c.RuntimeParams == nil {
		c.RuntimeParams = map[string]string{}
	}
	c.RuntimeParams["default_transaction_read_only"] = "on"
	c.RuntimeParams["application_name"] = "plumbline"
	c.RuntimeParams["timezone"] = "UTC"
	return stdlib.OpenDB(*c), nil
}

func openMySQL(dsn string) (*sql.DB, error) {
	c, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, err
	}
	c.ParseTime = false // times as text: only the column's type says whether they have a zone
	c.Loc = time.UTC
	if c.Params == nil {
		c.Params = map[string]string{}
	}
	c.Params["time_zone"] = "'+00:00'"
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}
