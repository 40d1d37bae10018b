package ocel

import (
	"io"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
)

// ReadJSON reads the log in an OCEL 2.0 JSON document into b. The parts of the
// document may come in any order; where events come before the objects that
// they name they wait in memory. Errors are [errs.Error] with line and column.
func ReadJSON(r io.Reader, b *event.Builder, opt eventio.Read) error {
	s := newScanner(r, opt.File)
	j := &jsonReader{scanner: s, Sink: NewSink(b, opt)}
	have := map[string]bool{}
	s.object(func(key string) {
		have[key] = true
		switch key {
		case "eventTypes":
			j.types(j.Events)
		case "objectTypes":
			j.types(j.Objects)
		case "objects":
			s.list(func() { j.put(j.Sink.Object) })
			j.ObjectsDone = len(j.waitingObjects) == 0
		case "events":
			s.list(func() { j.put(j.Sink.Event) })
		default:
			s.skip(0)
		}
		j.TypesDone = have["eventTypes"] && have["objectTypes"]
	})
	if c, ok := s.peek(); ok {
		s.expected("the end of the file", "文件结尾", c, false)
	}
	if s.err != nil {
		return s.err
	}
	for _, part := range []string{"eventTypes", "objectTypes", "objects", "events"} {
		if !have[part] {
			return &errs.Error{Code: errs.Input, Place: errs.Place{File: opt.File},
				What: errs.Tf("the document has no %q; expected an OCEL 2.0 log with eventTypes, objectTypes, objects and events", "文档缺少 %q；应为含 eventTypes、objectTypes、objects 和 events 的 OCEL 2.0 日志", part),
				Next: errs.T("write the log again as OCEL 2.0 (not 1.0)", "请重新导出为 OCEL 2.0（而非 1.0）")}
		}
	}
	return j.Finish()
}

type jsonReader struct {
	*scanner
	*Sink
	told int64 // megabytes of progress told
}

// types reads the declared types of events or objects.
func (j *jsonReader) types(t Types) {
	j.list(func() {
		typ := ""
		var names, kinds []string
		j.scanner.object(func(key string) {
			switch key {
			case "name":
				typ = j.str()
			case "attributes":
				j.list(func() {
					name, kind := "", ""
					j.scanner.object(func(key string) {
						switch key {
						case "name":
							name = j.str()
						case "type":
							kind = j.str()
						default:
							j.skip(0)
						}
					})
					names, kinds = append(names, name), append(kinds, kind)
				})
			default:
				j.skip(0)
			}
		})
		for i := range names {
			t.Declare(typ, names[i], kinds[i])
		}
	})
}

// put reads an event or object and hands it to the log.
func (j *jsonReader) put(to func(Item) error) {
	j.peek()
	it := Item{Place: j.place()}
	j.scanner.object(func(key string) {
		switch key {
		case "id":
			it.ID, _ = j.scalar()
		case "type":
			it.Type = j.str()
		case "time":
			it.At, _ = j.scalar()
		case "attributes":
			j.list(func() { it.Attrs = j.attr(it.Attrs) })
		case "relationships":
			j.list(func() { it.Relations = append(it.Relations, j.relation()) })
		default:
			j.skip(0)
		}
	})
	if j.err == nil {
		if err := to(it); err != nil {
			j.err = err
		} else if j.opt.Progress != nil && j.read>>20 != j.told {
			j.told = j.read >> 20
			j.opt.Progress(j.read)
		}
	}
}

// attr reads an attribute; one that is null is absent.
func (j *jsonReader) attr(list []Attr) []Attr {
	a := Attr{}
	there := false
	j.scanner.object(func(key string) {
		switch key {
		case "name":
			a.Name = j.str()
		case "value":
			a.Value, a.Kind = j.scalar()
			there = a.Kind != event.Absent
		case "time":
			a.At, _ = j.scalar()
		default:
			j.skip(0)
		}
	})
	if !there {
		return list
	}
	return append(list, a)
}

func (j *jsonReader) relation() (r Relation) {
	j.scanner.object(func(key string) {
		switch key {
		case "objectId":
			r.Object, _ = j.scalar()
		case "qualifier":
			r.Qualifier, _ = j.scalar()
		default:
			j.skip(0)
		}
	})
	return r
}
