package ocel

import (
	"encoding/xml"
	"errors"
	"io"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
)

// ReadXML reads the log in an OCEL 2.0 XML document into b. It knows no
// entities beside XML's own five and refuses a document type declaration.
// Errors are [errs.Error] with line and column.
func ReadXML(r io.Reader, b *event.Builder, opt eventio.Read) error {
	in := &bounded{r: r}
	x := &xmlReader{dec: xml.NewDecoder(in), in: in, Sink: NewSink(b, opt), parts: map[string]bool{}}
	if err := x.document(); err != nil {
		return err
	}
	return x.Finish()
}

// bounded refuses to give a decoder more than maxText bytes for one token, so
// that it never has to hold more.
type bounded struct {
	r     io.Reader
	given int64 // bytes given so far
	token int64 // where the last token ended
}

var errLong = errors.New("a tag or text is too long")

func (b *bounded) Read(p []byte) (int, error) {
	if b.given-b.token > maxText {
		return 0, errLong
	}
	n, err := b.r.Read(p[:min(len(p), 1<<16)])
	b.given += int64(n)
	return n, err
}

type xmlReader struct {
	*Sink
	dec   *xml.Decoder
	in    *bounded
	depth int
	told  int64
	path  [maxDepth]string

	types Types  // being declared
	typ   string // in which
	item  Item
	attr  Attr
	text  bool            // a value is being read
	parts map[string]bool // that are complete
}

func (x *xmlReader) place() errs.Place {
	line, col := x.dec.InputPos()
	return errs.Place{File: x.opt.File, Line: line, Column: col}
}

func (x *xmlReader) fail(code errs.Code, what errs.Text) error {
	return &errs.Error{Code: code, Place: x.place(), What: what,
		Next: errs.T("write the log again as OCEL 2.0 XML", "请重新导出为 OCEL 2.0 XML")}
}

func (x *xmlReader) document() error {
	seen := false
	for {
		t, err := x.dec.RawToken()
		x.in.token = x.dec.InputOffset()
		if err == io.EOF && x.depth == 0 && seen {
			return nil
		}
		if err != nil {
			return x.syntax(err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			if x.depth == 0 && (seen || t.Name.Local != "log") {
				return x.fail(errs.Input, errs.Tf("the document's element is %q; expected one <log> of OCEL 2.0", "文档元素为 %q；应为一个 OCEL 2.0 的 <log>", short(t.Name.Local)))
			}
			seen = true
			err = x.start(t)
		case xml.EndElement:
			err = x.end(t)
		case xml.CharData:
			if x.text {
				x.attr.Value += string(t)
			}
			if len(x.attr.Value) > maxText {
				err = x.fail(errs.Limit, errs.Tf("a text is longer than %d bytes", "文本超过 %d 字节", maxText))
			}
		case xml.Directive:
			err = x.fail(errs.Limit, errs.T("a document type declaration isn't read: it can define entities without end", "不读取文档类型声明（DOCTYPE）：其中可能定义无限展开的实体"))
		}
		if err != nil {
			return err
		}
		if x.opt.Progress != nil && x.in.given>>20 != x.told {
			x.told = x.in.given >> 20
			x.opt.Progress(x.in.given)
		}
	}
}

func (x *xmlReader) syntax(err error) error {
	if told := (*errs.Error)(nil); errors.As(err, &told) { // of what unpacks the file
		return told
	}
	switch s := (*xml.SyntaxError)(nil); {
	case errors.Is(err, errLong):
		return x.fail(errs.Limit, errs.Tf("a tag or text is longer than %d bytes", "标签或文本超过 %d 字节", maxText))
	case err == io.EOF, errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &s) && s.Msg == "unexpected EOF":
		return x.fail(errs.Input, errs.T("the file ends early; expected </log>", "文件不完整；应以 </log> 结束"))
	case s != nil:
		return x.fail(errs.Input, errs.Tf("not well-formed XML: %s", "XML 格式错误：%s", s.Msg))
	}
	why := errs.System(err)
	return x.fail(errs.Input, errs.T("can't be read: "+why.En, "无法读取："+why.Zh))
}

func get(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// start takes an opening tag. What it means depends on where it stands: an
// <object> is a thing under <objects>, a relation within a thing (older
// writers; the standard says <relationship>).
func (x *xmlReader) start(t xml.StartElement) error {
	if x.depth == maxDepth {
		return x.fail(errs.Limit, errs.Tf("elements are nested deeper than %d", "元素嵌套超过 %d 层", maxDepth))
	}
	part := ""
	if x.depth > 1 {
		part = x.path[1]
	}
	x.path[x.depth] = t.Name.Local
	x.depth++
	switch name := t.Name.Local; {
	case x.depth == 2 && name == "global":
		return x.fail(errs.Input, errs.T("the document has a <global>, as OCEL 1.0 does; expected an OCEL 2.0 log with event-types, object-types, objects and events", "文档含有 OCEL 1.0 的 <global>；应为含 event-types、object-types、objects、events 的 OCEL 2.0 日志"))
	case x.depth == 3 && (part == "event-types" || part == "object-types"):
		x.typ = get(t, "name")
		x.types = x.Events
		if part == "object-types" {
			x.types = x.Objects
		}
	case x.depth == 5 && name == "attribute" && (part == "event-types" || part == "object-types"):
		x.types.Declare(x.typ, get(t, "name"), get(t, "type"))
	case x.depth == 3 && (part == "events" || part == "objects"):
		x.item = Item{ID: get(t, "id"), Type: get(t, "type"), At: get(t, "time"), Place: x.place()}
	case x.depth == 5 && (part == "events" || part == "objects") && name == "attribute":
		x.attr = Attr{Name: get(t, "name"), At: get(t, "time")}
		x.text = true
	case x.depth == 5 && (part == "events" || part == "objects") && (name == "relationship" || name == "object"):
		x.item.Relations = append(x.item.Relations, Relation{get(t, "object-id"), get(t, "qualifier")})
	}
	return nil
}

func (x *xmlReader) end(t xml.EndElement) error {
	if x.depth == 0 || x.path[x.depth-1] != t.Name.Local {
		return x.fail(errs.Input, errs.Tf("</%s> ends what isn't open", "</%s> 没有对应的开始标签", short(t.Name.Local)))
	}
	x.depth--
	part := ""
	if x.depth > 0 {
		part = x.path[1]
	}
	switch {
	case x.text && x.depth == 4:
		x.text = false
		x.item.Attrs = append(x.item.Attrs, x.attr)
	case x.depth == 2 && part == "objects":
		return x.Object(x.item)
	case x.depth == 2 && part == "events":
		return x.Event(x.item)
	case x.depth == 1:
		return x.done(t.Name.Local)
	}
	return nil
}

// done notes that a part of the document is complete, so that what comes after
// it needn't wait.
func (x *xmlReader) done(part string) error {
	x.parts[part] = true
	x.TypesDone = x.parts["event-types"] && x.parts["object-types"]
	if part == "objects" {
		x.ObjectsDone = len(x.waitingObjects) == 0
	}
	return nil
}
