package cli

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"plumbline/internal/app"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/i18n"
	"plumbline/internal/logmap"
	"plumbline/internal/pack"
)

// logCmd is the commands about logs.
type logCmd struct {
	Info     logInfoCmd     `cmd:"" help:"Say what a log holds: events, objects, types, attributes." zh:"显示日志内容：事件、对象、类型、属性。"`
	Convert  logConvertCmd  `cmd:"" help:"Write a log in another format, and say what that can't hold." zh:"把日志转换为另一种格式，并说明其无法容纳的内容。"`
	Map      logMapCmd      `cmd:"" help:"Propose what a log's names are in a pack's words, as a file to edit." zh:"提出日志名称与规则包名称的对应关系，写成可编辑的文件。"`
	Variants logVariantsCmd `cmd:"" help:"Show the courses that cases took, the most frequent first." zh:"显示案件所走的各种流程，常见的在前。"`
}

// typed are the flags that say of which types a log's attributes are.
type typed struct {
	Rules []string `sep:"none" help:"Packs that declare the types of the attributes, and the zone." zh:"声明属性类型和时区的规则包。" placeholder:"PACK"`
}

// open reads logs for commands that judge nothing; hash asks for the hashes of
// the files.
func (c *call) open(r reading, t typed, files []string, hash bool) (*app.Read, error) {
	source, done, err := r.source(c, files)
	if err != nil {
		return nil, err
	}
	source.Hash = hash
	var packs []*pack.Pack
	if len(t.Rules) > 0 {
		if packs, err = app.Packs(t.Rules); err != nil {
			return nil, err
		}
	}
	read, err := app.OpenTyped(source, packs)
	done()
	if err != nil {
		return nil, err
	}
	return read, c.remarks(read)
}

type logInfoCmd struct {
	typed
	reading
	Logs []string `arg:"" name:"LOG" help:"Event logs. Several are one log." zh:"事件日志。多个文件视为一个日志。"`
}

// Run says what a log holds.
func (x *logInfoCmd) Run(c *call) error {
	read, err := c.open(x.reading, x.typed, x.Logs, true)
	if err != nil {
		return err
	}
	l, w := read.Log, i18n.Words{Lang: c.lang}
	c.alike(logmap.AlikeNames(l))
	for i, f := range read.Files {
		fmt.Fprintf(c.Out, "%s · %s · %s · SHA-256 %s\n", f.Name, read.Formats[i], w.Bytes(f.Size), f.SHA256)
	}
	first, last, _ := l.Span()
	fmt.Fprintln(c.Out, "  "+w.N("log.events", l.Events()))
	for i, n := range l.Objects.CountByType() {
		if n > 0 {
			fmt.Fprintln(c.Out, "  "+w.N("log.objects", n, l.Objects.Types.Name(uint32(i))))
		}
	}
	fmt.Fprintln(c.Out, "  "+w.T("log.span", w.Time(l.Zone, first), w.Time(l.Zone, last), l.Zone.Name()))
	for _, n := range []struct {
		key string
		n   int
	}{{"log.officials", distinct(l.Actor)}, {"log.units", distinct(l.Unit)}, {"log.repeated", l.Repeated}, {"log.waiting", len(l.Waiting)}} {
		if n.n > 0 {
			fmt.Fprintln(c.Out, "  "+w.N(n.key, n.n))
		}
	}
	fmt.Fprintln(c.Out, "\n"+c.say("Event types", "事件类型"))
	if err := c.table(nil, typeRows(l, w)); err != nil {
		return err
	}
	if len(l.Attrs) > 0 {
		fmt.Fprintln(c.Out, "\n"+c.say("Attributes", "属性"))
	}
	return c.table(nil, attrRows(c, l, w))
}

func distinct(codes []uint32) int {
	seen := map[uint32]bool{}
	for _, c := range codes {
		if c != 0 {
			seen[c] = true
		}
	}
	return len(seen)
}

func typeRows(l *event.Log, w i18n.Words) [][]string {
	counts := make([]int, l.Types.Len()+1)
	for row, t := range l.Type {
		if !l.Dead.Has(uint32(row)) {
			counts[t]++
		}
	}
	order := make([]int, l.Types.Len())
	for i := range order {
		order[i] = i + 1
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(counts[b], counts[a]) })
	var rows [][]string
	for _, t := range order {
		rows = append(rows, []string{w.Int(counts[t]), l.Types.Name(uint32(t))})
	}
	return rows
}

func attrRows(c *call, l *event.Log, w i18n.Words) [][]string {
	ofObjects := map[string]bool{}
	for o := event.ObjectID(1); int(o) <= l.Objects.Len(); o++ {
		for _, s := range l.ObjectAttrs(o) {
			ofObjects[s.Name] = true
		}
	}
	var rows [][]string
	for _, col := range l.Attrs {
		n := 0
		kinds := map[string]bool{}
		for row := range uint32(l.Rows()) {
			if _, k := col.Get(row); k != event.Absent {
				n++
				kinds[k.String()] = true
			}
		}
		if ofObjects[col.Name] {
			kinds[c.say("of objects", "对象的属性")] = true
		}
		var names []string
		for k := range kinds {
			names = append(names, k)
		}
		slices.Sort(names)
		note := strings.Join(names, ", ")
		if col.Mistyped > 0 {
			note = strings.TrimSpace(note + c.say(" (%s of another type left out)", "（%s 个值类型不符，未计入）", w.Int(col.Mistyped)))
		}
		rows = append(rows, []string{w.Int(n), col.Name, note})
	}
	return rows
}

type logConvertCmd struct {
	Per string `help:"The object type that XES makes its traces of. Without it: case, or the most frequent." zh:"XES 中作为轨迹的对象类型。不写时为 case 或最常见的类型。" placeholder:"TYPE"`
	typed
	reading
	From string `arg:"" name:"LOG" help:"The log to read." zh:"要读取的日志。"`
	To   string `arg:"" name:"FILE" help:"The file to write: .xes, .xes.gz, .csv, .parquet, .jsonl, .ocel.json." zh:"要写入的文件：.xes、.xes.gz、.csv、.parquet、.jsonl、.ocel.json。"`
}

// Run writes a log in another format.
func (x *logConvertCmd) Run(c *call) error {
	if _, _, err := app.CanWrite(x.To); err != nil {
		return err
	}
	if err := spare(x.To, []string{x.From}); err != nil {
		return err
	}
	read, err := c.open(x.reading, x.typed, []string{x.From}, false)
	if err != nil {
		return err
	}
	lost := eventio.Lost{}
	if err := c.write(x.To, func(w io.Writer) (err error) { lost, err = app.WriteLog(w, read.Log, x.To, x.Per); return err }); err != nil {
		return err
	}
	c.lost(lost, c.say("not written, as the format can't hold it: ", "未写入，该格式无法容纳："))
	_, err = fmt.Fprintln(c.Out, c.say("%[1]s: %[2]s, %[3]s", "%[1]s：事件 %[4]d 条，%[3]s", x.To, some(read.Log.Events(), "event"), i18n.Words{Lang: c.lang}.Bytes(fileSize(x.To)), read.Log.Events()))
	return err
}

// fileSize is the size of a file, 0 where there is none.
func fileSize(name string) int64 {
	info, err := os.Stat(name)
	if err != nil {
		return 0
	}
	return info.Size()
}

// course is the types of a course, of a long one its beginning and its length.
func course(types []string) string {
	const most = 100
	if len(types) <= most {
		return strings.Join(types, " → ")
	}
	return fmt.Sprintf("%s → … (%d)", strings.Join(types[:most], " → "), len(types))
}

// clipped is a name that has a place of its own in a table.
func clipped(name string, most int) string {
	if r := []rune(name); len(r) > most {
		return string(r[:most]) + "…"
	}
	return name
}

type logVariantsCmd struct {
	Per string `help:"The object type whose courses are shown." zh:"显示哪种对象的流程。" default:"case" placeholder:"TYPE"`
	Top int    `help:"How many to show; 0 for all." zh:"显示多少种；0 为全部。" default:"20" placeholder:"N"`
	typed
	reading
	Logs []string `arg:"" name:"LOG" help:"Event logs. Several are one log." zh:"事件日志。多个文件视为一个日志。"`
}

// Run shows the courses that cases took.
func (x *logVariantsCmd) Run(c *call) error {
	read, err := c.open(x.reading, x.typed, x.Logs, false)
	if err != nil {
		return err
	}
	found, err := app.Variants(read.Log, x.Per)
	if err != nil {
		return err
	}
	w, cases := i18n.Words{Lang: c.lang}, 0
	for _, v := range found {
		cases += v.Cases
	}
	fmt.Fprintln(c.Out, c.say("%[1]s took %[2]s", "%[3]s 个案件走了 %[4]s 种流程", some(cases, "case"), some(len(found), "course"), w.Int(cases), w.Int(len(found))))
	shown := found
	if x.Top > 0 && x.Top < len(found) {
		shown = found[:x.Top]
	}
	var rows [][]string
	for _, v := range shown {
		rows = append(rows, []string{w.Int(v.Cases), w.Percent(float64(v.Cases) / float64(cases)), clipped(v.First, 60), course(v.Types)})
	}
	if err := c.table([]string{c.say("cases", "案件"), c.say("share", "占比"), c.say("one of them", "其中之一"), c.say("course", "流程")}, rows); err != nil {
		return err
	}
	if n := len(found) - len(shown); n > 0 {
		fmt.Fprintln(c.Out, "  "+c.say("… and %s more (--top 0 shows all)", "……另有 %s 种（--top 0 显示全部）", w.Int(n)))
	}
	return nil
}
