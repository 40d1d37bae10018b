package feed

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/yamlfile"
)

// Definition is a query of a database that the agency already has.
type Definition struct {
	Name     string
	Source   string // whose events they are
	Database string // postgres or mysql
	DSNEnv   string // the variable that holds the address, with the password
	DSNFile  string // or the file
	Query    string // as written, with :mark
	Mark     Mark
	Every    time.Duration
	Columns  map[string]string // part of an event → column of the answer
	Ignored  []string          // columns that become nothing
	Zone     *clock.Zone       // of times without offset; nil: the agency's
}

// Mark is how far a query has read: the greatest value so far of one column.
type Mark struct {
	Column  string
	Kind    MarkKind
	Start   string        // the mark of the first asking
	Overlap time.Duration // of time: how far before the mark is asked again
	Back    int64         // of number: the same
}

// MarkKind says what a mark is and how it is compared.
type MarkKind string

// The kinds of mark.
const (
	MarkTime   MarkKind = "time"
	MarkNumber MarkKind = "number"
)

// The databases there are.
const (
	postgres = "postgres"
	mySQL    = "mysql"
)

// parts are what a column can be of an event, beside object.TYPE and
// object.TYPE/QUALIFIER; the words are those of --map.
var parts = []string{"id", "type", "time", "case", "actor", "unit", "recorded", "seq", "corrects", "voids"}

// markWord is where the mark goes in a query; a PostgreSQL cast (::mark) isn't it.
var markWord = regexp.MustCompile(`(^|[^:\w]):mark\b`)

// ParseQueries reads queries from YAML; file is its name for errors.
//
//	queries:
//	- name: case-system
//	  source: desk                    # whose events they are
//	  database: postgres              # or mysql
//	  dsn: {env: CASES_DSN}           # or {file: /etc/plumbline/cases.dsn}; never the address itself
//	  query: |
//	    SELECT id, kind, happened, officer, case_no, changed FROM acts WHERE changed > :mark
//	  mark: {column: changed, is: time, start: 2026-01-01T00:00:00, overlap: 10m}
//	  every: 1m
//	  columns: {type: kind, time: happened, actor: officer, case: case_no}
//
// Columns that are called as a part of an event are that part; all others become
// attributes, but for the mark's and those under ignore.
func ParseQueries(file string, src []byte) ([]Definition, error) {
	f, root := yamlfile.Parse(file, src)
	if root == nil {
		return nil, f.Err()
	}
	fields := f.Fields(root, errs.T("a file of queries", "查询文件"), "queries")
	f.Needed(root, fields, "queries")
	var out []Definition
	seen := map[string]bool{}
	for _, n := range f.Items(fields["queries"], errs.T("queries", "查询")) {
		d := definition(f, n)
		if seen[d.Name] && d.Name != "" {
			f.Fail(n, errs.Tf("a second query %q", "查询 %q 重复", d.Name), errs.T("give each a name of its own: its mark is kept under it", "请使用不同名称：读取位置按名称保存"))
		}
		seen[d.Name] = true
		out = append(out, d)
	}
	return out, f.Err()
}

var queryName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

func definition(f *yamlfile.File, n *yamlfile.Node) Definition {
	v := f.Fields(n, errs.T("a query", "查询"), "name", "source", "database", "dsn", "query", "mark", "every", "columns", "ignore", "zone")
	for _, key := range []string{"name", "database", "dsn", "query", "mark"} {
		f.Needed(n, v, key)
	}
	d := Definition{Name: f.Word(v["name"]), Source: f.Word(v["source"]), Query: f.Word(v["query"]), Every: time.Minute,
		Database: f.OneOf(v["database"], postgres, mySQL), Columns: map[string]string{}, Ignored: f.Words(v["ignore"])}
	if d.Name != "" && !queryName.MatchString(d.Name) {
		f.Fail(v["name"], errs.T("expected a name of small letters, digits, - and _", "名称只能含小写字母、数字、- 和 _"), errs.T("its mark is kept in a file of this name", "读取位置保存在同名文件中"))
	}
	d.Source = cmp.Or(d.Source, d.Name)
	if v["query"] != nil && !markWord.MatchString(d.Query) {
		f.Fail(v["query"], errs.T("the query has no :mark, and would read everything at each asking", "查询中没有 :mark，每次都会读取全部内容"), errs.T("add WHERE changed > :mark", "请加上 WHERE changed > :mark"))
	}
	if every := duration(f, v["every"]); every > 0 {
		d.Every = every
	}
	d.address(f, v["dsn"])
	d.mark(f, v["mark"])
	d.columns(f, v["columns"])
	if z := v["zone"]; z != nil {
		zone, err := clock.LoadZone(f.Word(z))
		if err != nil {
			f.Fail(z, errs.Tf("%v", "未知时区：%v", err), errs.Text{})
		}
		d.Zone = zone
	}
	return d
}

// address reads where the database is. A password in a file that people copy and
// send around is refused.
func (d *Definition) address(f *yamlfile.File, n *yamlfile.Node) {
	if n == nil {
		return
	}
	if n.Kind == scalar {
		f.Fail(n, errs.T("the address stands here in clear, with its password", "此处以明文写出了数据库地址和密码"),
			errs.T("write dsn: {env: VARIABLE} or dsn: {file: PATH}, and put it there", "请写 dsn: {env: 环境变量名} 或 dsn: {file: 文件路径}，并将地址放在其中"))
		return
	}
	v := f.Fields(n, errs.T("an address", "地址"), "env", "file")
	d.DSNEnv, d.DSNFile = f.Word(v["env"]), f.Word(v["file"])
	if (d.DSNEnv == "") == (d.DSNFile == "") {
		f.Fail(n, errs.T("expected env or file, one of them", "应在 env 和 file 中选择一个"), errs.Text{})
	}
}

// dsn is the address itself.
func (d *Definition) dsn(environ func(string) string) (string, error) {
	if d.DSNEnv != "" {
		if v := environ(d.DSNEnv); v != "" {
			return v, nil
		}
		return "", &errs.Error{Code: errs.Usage, What: errs.Tf("query %q: the variable %s isn't set", "查询 %q：环境变量 %s 未设置", d.Name, d.DSNEnv), Next: errs.T("set it where the service is started", "请在启动服务的环境中设置")}
	}
	text, err := os.ReadFile(d.DSNFile)
	if err != nil {
		why := errs.System(err)
		return "", &errs.Error{Code: errs.Usage, Err: err, Place: errs.Place{File: d.DSNFile}, What: errs.T("the database's address can't be read: "+why.En, "无法读取数据库地址："+why.Zh),
			Next: errs.T("let the account of the service read this file", "请允许服务账户读取此文件")}
	}
	return strings.TrimSpace(string(text)), nil
}

func (d *Definition) mark(f *yamlfile.File, n *yamlfile.Node) {
	if n == nil {
		return
	}
	v := f.Fields(n, errs.T("a mark", "读取位置"), "column", "is", "start", "overlap")
	for _, key := range []string{"column", "is", "start"} {
		f.Needed(n, v, key)
	}
	d.Mark = Mark{Column: f.Word(v["column"]), Kind: MarkKind(f.OneOf(v["is"], string(MarkTime), string(MarkNumber))), Start: f.Word(v["start"])}
	switch d.Mark.Kind {
	case MarkTime:
		if d.Mark.Start != "" {
			if _, _, err := clock.ParseInstant(d.Mark.Start, utc()); err != nil {
				f.Fail(v["start"], errs.T("expected a time as 2026-01-01T00:00:00", "应为时间，如 2026-01-01T00:00:00"), errs.Text{})
			}
		}
		d.Mark.Overlap = duration(f, v["overlap"])
	case MarkNumber:
		number := func(n *yamlfile.Node) int64 {
			if n == nil {
				return 0
			}
			i, err := strconv.ParseInt(f.Word(n), 10, 64)
			if err != nil {
				f.Fail(n, errs.T("expected a whole number", "应为整数"), errs.Text{})
			}
			return i
		}
		number(v["start"])
		d.Mark.Back = number(v["overlap"])
	}
}

func (d *Definition) columns(f *yamlfile.File, n *yamlfile.Node) {
	if n == nil {
		return
	}
	keys, values := f.Entries(n, errs.T("columns", "列"))
	for _, key := range keys {
		typ, object := strings.CutPrefix(key.Value, "object.")
		if !slices.Contains(parts, key.Value) && (!object || typ == "") {
			f.Fail(key, errs.Tf("an event has no part %q", "事件没有 %q 这一部分", key.Value), errs.DidYouMean(key.Value, append(slices.Clone(parts), "object.TYPE")))
			continue
		}
		d.Columns[key.Value] = f.Word(values[key.Value])
	}
}

func duration(f *yamlfile.File, n *yamlfile.Node) time.Duration {
	if n == nil {
		return 0
	}
	d, err := time.ParseDuration(f.Word(n))
	if err != nil || d < 0 {
		f.Fail(n, errs.T("expected a time as 30s, 5m or 1h", "应为时长，如 30s、5m、1h"), errs.Text{})
	}
	return d
}

// bound is the query with the database's own placeholders, and how often the mark
// stands for one.
func (d *Definition) bound() (query string, args int) {
	n := len(markWord.FindAllString(d.Query, -1))
	if d.Database == mySQL {
		return markWord.ReplaceAllString(d.Query, "${1}?"), n
	}
	return markWord.ReplaceAllString(d.Query, "${1}$$1"), 1
}

// asked is what a query is asked with: the mark, less the overlap.
func (d *Definition) asked(mark string) (any, error) {
	if d.Mark.Kind == MarkNumber {
		i, err := strconv.ParseInt(mark, 10, 64)
		return i - d.Mark.Back, err
	}
	t, _, err := clock.ParseInstant(mark, utc())
	if err != nil {
		return nil, fmt.Errorf("mark %q: %w", mark, err)
	}
	return t.Time().Add(-d.Mark.Overlap), nil
}
