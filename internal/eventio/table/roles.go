package table

import (
	"slices"
	"strings"
	"unicode"
)

// Role is the part that a column plays in an event.
type Role uint8

// The roles. A case is an Object of type "case".
const (
	Object Role = iota
	Type
	Time
	Actor
	Unit
	Recorded
	Seq
	ID
	Attr
	ObjectAttr
)

// CaseType is the object type of a classic case.
const CaseType = "case"

// recognised are the roles that common names give, with the word for --map,
// and the names, the surest first: what XES exports and pm4py write, then the
// names that mean nothing else, then those that may. A later row is only looked
// at where no column has a name of an earlier one; within a row two columns are
// ambiguous.
var recognised = []struct {
	role  Role
	key   string
	names [][]string
}{
	{Object, "case", [][]string{{"case:concept:name"}, {"case_id", "case", "case_no", "case_number", "案件编号", "案件号", "案件id", "案号", "案件"}, {"case_key", "case_identifier"}}},
	{Type, "type", [][]string{{"concept:name"}, {"activity", "activity_name", "活动", "活动名称"}, {"event", "event_type", "event_name", "type", "事项", "事件", "事件类型", "环节"}, {"activity_en", "activity_key"}}},
	{Time, "time", [][]string{{"time:timestamp"}, {"timestamp", "ts", "时间戳"}, {"time", "datetime", "date", "event_time", "时间", "发生时间", "办理时间", "日期"}, {"complete_timestamp", "start_timestamp", "end_timestamp"}, {"操作时间"}}},
	{Actor, "actor", [][]string{{"org:resource"}, {"resource", "actor", "user", "officer", "办案人", "办案人员", "经办人", "承办人", "办理人", "民警"}, {"办案民警", "承办民警", "主办民警", "经办民警"}, {"操作人", "操作员"}}},
	{Unit, "unit", [][]string{{"org:group"}, {"unit", "group", "department", "单位", "办案单位", "承办单位", "部门"}, {"办案部门", "承办部门", "所属单位"}}},
	{Recorded, "recorded", [][]string{{"recorded", "recorded_at", "entered", "entered_at", "录入时间", "登记时间", "录入日期"}}},
	{Seq, "seq", [][]string{{"seq", "顺序号"}}},
	{ID, "id", [][]string{{"identity:id"}, {"event_id", "事件编号", "事件id"}, {"id"}}},
}

// Recognise finds the columns that by their names play the part that --map
// calls key: none, one, or several between which the names don't decide. Those
// that are taken play another part already.
func Recognise(key string, header []string, taken func(i int) bool) (found []int) {
	for _, r := range recognised {
		if r.key != key {
			continue
		}
		for _, row := range r.names {
			for i, h := range header {
				if !taken(i) && slices.ContainsFunc(row, func(name string) bool { return fold(name) == fold(h) }) {
					found = append(found, i)
				}
			}
			if found != nil {
				return found
			}
		}
	}
	return nil
}

// Plays says whether a column of this name is recognised as playing a part.
func Plays(name string) bool { return folded[fold(name)] }

// fold is a header as it is compared: letters small, spaces, _ and - left out.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || unicode.IsSpace(r) || r == '\ufeff' {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

var folded = func() map[string]bool {
	m := map[string]bool{}
	for _, r := range recognised {
		for _, row := range r.names {
			for _, name := range row {
				m[fold(name)] = true
			}
		}
	}
	return m
}()

// The prefixes of columns that say themselves what they are.
const (
	attrPrefix   = "attr:"   // attr:NAME, an attribute whose name alone would play a role
	casePrefix   = "case:"   // case:NAME, an attribute of the case, as pm4py writes it
	objectPrefix = "object:" // object:TYPE[/QUALIFIER][:NAME], an object, or an attribute of it
)

// AttrHeader is the header under which an attribute is written so that
// [NewPlan] takes it as that attribute and nothing else.
func AttrHeader(name string) string {
	if name == "" || Plays(name) || strings.HasPrefix(name, attrPrefix) ||
		strings.HasPrefix(name, casePrefix) || strings.HasPrefix(name, objectPrefix) || name != strings.TrimSpace(name) {
		return attrPrefix + name
	}
	return name
}

// ObjectHeader is the header of a column of objects.
func ObjectHeader(typ, qualifier string) string {
	h := objectPrefix + escapePart(typ)
	if qualifier != "" {
		h += "/" + escapePart(qualifier)
	}
	return h
}

// ObjectAttrHeader is the header of an attribute of the objects of a column.
func ObjectAttrHeader(typ, qualifier, name string) string {
	if typ == CaseType && qualifier == "" {
		if h := casePrefix + name; !Plays(h) && name != "" && name == strings.TrimSpace(name) {
			return h
		}
	}
	return ObjectHeader(typ, qualifier) + ":" + name
}

var (
	partEscaper   = strings.NewReplacer("%", "%25", ":", "%3A", "/", "%2F")
	partUnescaper = strings.NewReplacer("%25", "%", "%3A", ":", "%2F", "/")
)

func escapePart(s string) string { return partEscaper.Replace(s) }

// splitObject reads TYPE[/QUALIFIER].
func splitObject(s string) (typ, qualifier string) {
	typ, qualifier, _ = strings.Cut(s, "/")
	return partUnescaper.Replace(typ), partUnescaper.Replace(qualifier)
}
