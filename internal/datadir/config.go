package datadir

import (
	"cmp"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"plumbline/internal/errs"
	"plumbline/internal/sqldb"
	"plumbline/internal/yamlfile"
)

// Config says where the record is and how it is served.
type Config struct {
	Data      string  // the data directory
	Listen    string  // host:port
	Postgres  string  // URL of the database; "": SQLite in the data directory
	Lang      string  // en or zh, of what the service says; "": as set up
	LogFormat string  // text or json
	Watch     []Watch // folders whose files are taken in
	SignIn    SignIn
	Sealing
}

// Sealing says how the record is sealed.
type Sealing struct {
	Witnesses      []Witnessed // who are asked to cosign
	SealKeyCommand string      // that signs with a key that lies elsewhere
	SealKey        string      // the key itself, from the environment alone
	LogName        string      // of a log that has none yet
	CodesKeyText   string      // of second factors, from the environment alone
}

// Watch is a folder into which a source puts its files.
type Watch struct{ Dir, Source string }

// record is what sqldb opens.
func (c Config) record() string { return cmp.Or(c.Postgres, filepath.Join(c.Data, recordFile)) }

// keys are the keys of plumbline.yaml; in the environment each is PLUMBLINE_ and
// the key in capitals. The directory itself can't stand in its own file.
var keys = []string{"listen", "postgres", "lang", "log_format", "watch", "witnesses", "seal_key_command"}

// notOurs are names in the environment that begin like ours: of the project's
// tests, and those that Kubernetes and Docker set for a service named plumbline.
var notOurs = []string{"PLUMBLINE_LOGS", "PLUMBLINE_ORACLE_", "PLUMBLINE_KILLS", "PLUMBLINE_SERVICE_", "PLUMBLINE_PORT"}

const prefix = "PLUMBLINE_"

// Load puts together what the flags say, then the environment (as os.Environ
// gives it), then plumbline.yaml in the data directory, then what holds without
// any: the first that says something counts. What it doesn't know it refuses.
func Load(flags Config, environ []string) (Config, error) {
	env, err := fromEnviron(environ)
	if err != nil {
		return Config{}, err
	}
	c := over(flags, env)
	if c.Data == "" {
		return Config{}, &errs.Error{Code: errs.Usage, What: errs.T("no data directory is given", "没有指定数据目录"),
			Next: errs.T("write --data DIR, or set PLUMBLINE_DATA", "请写 --data 目录，或设置环境变量 PLUMBLINE_DATA")}
	}
	file, err := fromFile(c.Data)
	if err != nil {
		return Config{}, err
	}
	c = over(over(c, file), Config{Listen: "127.0.0.1:8080", LogFormat: "text"})
	return c, c.check()
}

// over is a, with b where a says nothing.
func over(a, b Config) Config {
	c := Config{cmp.Or(a.Data, b.Data), cmp.Or(a.Listen, b.Listen), cmp.Or(a.Postgres, b.Postgres), cmp.Or(a.Lang, b.Lang), cmp.Or(a.LogFormat, b.LogFormat), a.Watch, a.SignIn,
		Sealing{a.Witnesses, cmp.Or(a.SealKeyCommand, b.SealKeyCommand), cmp.Or(a.SealKey, b.SealKey), cmp.Or(a.LogName, b.LogName), cmp.Or(a.CodesKeyText, b.CodesKeyText)}}
	if len(c.Witnesses) == 0 {
		c.Witnesses = b.Witnesses
	}
	if len(c.Watch) == 0 {
		c.Watch = b.Watch
	}
	if reflect.ValueOf(c.SignIn).IsZero() {
		c.SignIn = b.SignIn
	}
	return c
}

// fromEnviron reads the variables that begin with PLUMBLINE_. One that is none of ours
// is refused with what was probably meant; notOurs are those that others set.
func fromEnviron(environ []string) (c Config, err error) {
	names := []string{prefix + "DATA", prefix + "SEAL_KEY", prefix + "CODES_KEY"}
	for _, k := range keys {
		names = append(names, prefix+strings.ToUpper(k))
	}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, prefix) || slices.ContainsFunc(notOurs, func(p string) bool { return strings.HasPrefix(name, p) }) {
			continue
		}
		switch strings.TrimPrefix(name, prefix) {
		case "DATA":
			c.Data = value
		case "LISTEN":
			c.Listen = value
		case "POSTGRES":
			c.Postgres = value
		case "LANG":
			c.Lang = value
		case "LOG_FORMAT":
			c.LogFormat = value
		case "SEAL_KEY":
			c.SealKey = value
		case "CODES_KEY":
			c.CodesKeyText = value
		case "SEAL_KEY_COMMAND":
			c.SealKeyCommand = value
		case "WITNESSES":
			for part := range strings.SplitSeq(value, ";") {
				w, err := ParseWitness(part)
				if err != nil {
					return c, err
				}
				c.Witnesses = append(c.Witnesses, w)
			}
		case "WATCH":
			for part := range strings.SplitSeq(value, ";") {
				w, err := ParseWatch(part)
				if err != nil {
					return c, err
				}
				c.Watch = append(c.Watch, w)
			}
		default:
			return c, &errs.Error{Code: errs.Usage, What: errs.Tf("no variable %s is known in the environment", "环境变量 %s 无法识别", name), Next: errs.DidYouMean(name, names)}
		}
	}
	return c, nil
}

// ParseWatch reads DIR=SOURCE, as a flag and the environment write it.
func ParseWatch(text string) (Watch, error) {
	i := strings.LastIndexByte(text, '=')
	if i < 1 || i == len(text)-1 {
		return Watch{}, &errs.Error{Code: errs.Usage, What: errs.Tf("%q is no folder with its source", "%q 不是文件夹及其来源", text), Next: errs.T("write DIR=SOURCE", "请写 目录=来源")}
	}
	return Watch{text[:i], text[i+1:]}, nil
}

// fromFile reads plumbline.yaml, where there is one. Folders in it are seen from
// the data directory.
func fromFile(dir string) (c Config, err error) {
	name := filepath.Join(dir, configFile)
	src, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, errs.Unreadable(name, err)
	}
	f, root := yamlfile.Parse(name, src)
	if root == nil {
		return c, f.Err()
	}
	fields := f.Fields(root, errs.T("the configuration", "配置"), append(slices.Clone(keys), signInKey)...)
	c = Config{Listen: f.Word(fields["listen"]), Postgres: f.Word(fields["postgres"]), Lang: f.OneOf(fields["lang"], "en", "zh"), LogFormat: f.OneOf(fields["log_format"], "text", "json"), SignIn: signIn(f, fields[signInKey], dir)}
	what := errs.T("a folder that is watched", "监视的文件夹")
	for _, item := range f.Items(fields["watch"], what) {
		parts := f.Fields(item, what, "dir", "source")
		if !f.Needed(item, parts, "dir") || !f.Needed(item, parts, "source") {
			continue
		}
		w := Watch{f.Word(parts["dir"]), f.Word(parts["source"])}
		if !filepath.IsAbs(w.Dir) {
			w.Dir = filepath.Join(dir, w.Dir)
		}
		c.Watch = append(c.Watch, w)
	}
	c.SealKeyCommand = f.Word(fields["seal_key_command"])
	what = errs.T("a witness", "见证方")
	for _, item := range f.Items(fields["witnesses"], what) {
		parts := f.Fields(item, what, "key", "url")
		if f.Needed(item, parts, "key") && f.Needed(item, parts, "url") {
			c.Witnesses = append(c.Witnesses, Witnessed{f.Word(parts["key"]), f.Word(parts["url"])})
		}
	}
	return c, f.Err()
}

// check refuses values that can't be meant, wherever they come from.
func (c Config) check() error {
	bad := func(key, value string, next errs.Text) error {
		return &errs.Error{Code: errs.Usage, What: errs.Tf("%s can't be %q", "%s 不能是 %q", key, value), Next: next}
	}
	one := func(key, value string, of ...string) error {
		if value == "" || slices.Contains(of, value) {
			return nil
		}
		return bad(key, value, errs.DidYouMean(value, of))
	}
	host, port, err := net.SplitHostPort(c.Listen)
	if n, e := strconv.Atoi(port); err != nil || e != nil || n < 0 || n > 65535 || strings.ContainsAny(host, " /") {
		return bad("listen", c.Listen, errs.T("write an address and a port: 127.0.0.1:8080, or :8080 for all addresses", "请写地址和端口：127.0.0.1:8080，或用 :8080 表示所有地址"))
	}
	if c.Postgres != "" && !sqldb.IsPostgres(c.Postgres) { // the value isn't shown: it may hold a password
		return &errs.Error{Code: errs.Usage, What: errs.T("postgres is not the URL of a PostgreSQL database", "postgres 不是 PostgreSQL 数据库地址"),
			Next: errs.T("write postgres://USER:PASSWORD@HOST:5432/DATABASE", "请写 postgres://用户:密码@主机:5432/数据库")}
	}
	return errors.Join(one("lang", c.Lang, "en", "zh"), one("log_format", c.LogFormat, "text", "json"))
}
