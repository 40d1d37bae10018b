package event

import (
	"errors"
	"math"

	"plumbline/internal/errs"
)

// Rows, ends of ids, ends of lists of objects and codes of names are numbers of 32
// bits or fewer. Past their ends they would begin anew and mix events up, so the
// log is refused before.

// What a log has no room for. Readers add the place ([Full]).
var (
	ErrTooMany     = full("more than 65,535 event types", "事件类型超过 65,535 种", namedWrong)
	ErrObjectTypes = full("more than 65,535 types of objects", "对象类型超过 65,535 种", namedWrong)
	ErrIDs         = full("the ids of the log's events take more than 4 GB together", "日志中事件编号合计超过 4 GB", inParts)
	ErrRows        = full("more than 2,147,483,647 events in one log", "一份日志超过 2,147,483,647 个事件", inParts)
	ErrLinks       = full("the log's events name objects more than 4,294,967,295 times", "日志中事件引用对象超过 4,294,967,295 次", inParts)
	ErrNames       = full("more than 2,147,483,647 different names or texts in one log", "一份日志中不同的名称或文字超过 2,147,483,647 个", inParts)
)

var (
	namedWrong = errs.T("is it names of activities (of types of objects) that stand there, and not numbers of cases? --map names the right column",
		"该处写的是活动（对象类型）名称，还是案件编号？可用 --map 指定正确的列")
	inParts = errs.T("judge the log in parts, each with all events of its cases; in a service, erase what need not be kept (plumbline retention)",
		"请将日志分成几部分分别核查，同一案件的事件不要分开；在服务中，可清除无须保留的内容（plumbline retention）")
)

func full(en, zh string, next errs.Text) *errs.Error {
	return &errs.Error{Code: errs.Limit, What: errs.T(en, zh), Next: next}
}

// Full is the fault, at a place, of a log that has no room for what was to be added;
// nil where err is something else.
func Full(err error, at errs.Place) *errs.Error {
	var e *errs.Error
	if !errors.As(err, &e) || e.Code != errs.Limit {
		return nil
	}
	return &errs.Error{Code: e.Code, Place: at, What: e.What, Next: e.Next, Err: err}
}

// AtPlace is err with its place, where it says that a log has no room, else err itself.
func AtPlace(err error, at errs.Place) error {
	if e := Full(err, at); e != nil {
		return e
	}
	return err
}

// limits are the last numbers that there are; tests lower them.
type limits struct{ types, objectTypes, rows, names, ids, links int }

var widest = limits{types: math.MaxUint16, objectTypes: math.MaxUint16, rows: math.MaxInt32, names: math.MaxInt32,
	ids: math.MaxUint32, links: math.MaxUint32}

// room says whether the log can hold so much more, nil where it can.
func (b *Builder) room(rows, ids, links int) error {
	l, most := b.log, &b.most
	if l.offsets == nil {
		links += len(l.single) // they become links with the first event that has several
	} else {
		links += len(l.links)
	}
	switch {
	case len(l.Time)+rows > most.rows:
		return ErrRows
	case len(l.idBytes)+ids > most.ids:
		return ErrIDs
	case links > most.links:
		return ErrLinks
	case l.Strings.Len() > most.names || l.Objects.Len() > most.names:
		return ErrNames
	}
	return nil
}

// objectType is the code of a type of objects, 0 where there is no room for another.
func (b *Builder) objectType(name string) uint16 {
	types := b.log.Objects.Types
	c := types.Find(name)
	if c == 0 && types.Len() < b.most.objectTypes {
		c = types.Code(name)
	}
	return uint16(c)
}
