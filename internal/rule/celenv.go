package rule

import (
	"errors"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"plumbline/internal/clock"
	"plumbline/internal/event"
)

// The types of the variables as CEL sees them. Attributes of events and of
// objects are types of their own because they are read differently.
const (
	typeEvent       = "plumbline.Event"
	typeEventAttrs  = "plumbline.EventAttributes"
	typeObject      = "plumbline.Object"
	typeObjectAttrs = "plumbline.ObjectAttributes"
)

var (
	eventFields  = []string{"type", "time", "recorded", "actor", "unit", "id", "attr"}
	objectFields = []string{"id", "attr"}
)

// errAbsent is why an expression that touches something absent has no value.
var errAbsent = errors.New("absent")

var absentVariable = types.WrapErr(errAbsent)

// celKind is the type of an attribute in CEL; what no pack declares is a
// string.
func celKind(k event.Kind) *types.Type {
	switch k {
	case event.Number:
		return types.DoubleType
	case event.Bool:
		return types.BoolType
	case event.Time, event.Day:
		return types.TimestampType
	case event.Strings:
		return types.NewListType(types.StringType)
	}
	return types.StringType
}

// celScope is an environment of CEL with the variables of one scope.
type celScope struct{ env *cel.Env }

// provider tells CEL the fields of our variables, and reads them.
type provider struct {
	types.Provider
	kinds map[string]event.Kind
}

func (p provider) FindStructType(name string) (*types.Type, bool) {
	switch name {
	case typeEvent, typeEventAttrs, typeObject, typeObjectAttrs:
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return p.Provider.FindStructType(name)
}

func (p provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	switch name {
	case typeEvent:
		return eventField(field)
	case typeObject:
		return objectField(field)
	case typeEventAttrs:
		return p.attribute(field, func(target any) (*event.Log, uint64, event.Kind) {
			e := target.(*eventRef)
			c := e.log.Attr(field)
			if c == nil {
				return e.log, 0, event.Absent
			}
			v, k := c.Get(e.row)
			return e.log, v, k
		})
	case typeObjectAttrs:
		return p.attribute(field, func(target any) (*event.Log, uint64, event.Kind) {
			o := target.(*objectRef)
			i := o.log.AttrIndex(field)
			if i < 0 {
				return o.log, 0, event.Absent
			}
			v, k := o.log.ObjectAttr(o.obj, i, o.row)
			return o.log, v, k
		})
	}
	return p.Provider.FindStructFieldType(name, field)
}

// attribute is a field whose value get reads; a value of another kind than the
// declared one is absent.
func (p provider) attribute(name string, get func(target any) (*event.Log, uint64, event.Kind)) (*types.FieldType, bool) {
	want := declared(p.kinds, name)
	return &types.FieldType{Type: celKind(want),
		IsSet: func(target any) bool {
			_, _, k := get(target)
			return sameKind(k, want)
		},
		GetFrom: func(target any) (any, error) {
			l, v, k := get(target)
			if !sameKind(k, want) {
				return nil, errAbsent
			}
			return celValue(l, v, k), nil
		}}, true
}

// declared is the kind of an attribute: a string where no pack declares it.
func declared(kinds map[string]event.Kind, name string) event.Kind {
	if k := kinds[name]; k != event.Absent {
		return k
	}
	return event.String
}

// sameKind says whether a value of kind k serves where want is declared.
func sameKind(k, want event.Kind) bool {
	return k == want || k == event.Day && want == event.Time
}

// celValue is a column's value for the interpreter.
func celValue(l *event.Log, v uint64, k event.Kind) ref.Val {
	switch value := l.Value(v, k); k {
	case event.Number:
		return types.Double(value.Num)
	case event.Bool:
		return types.Bool(value.Num != 0)
	case event.Time, event.Day:
		return types.Timestamp{Time: value.At.Time()}
	case event.Strings:
		return types.NewStringList(types.DefaultTypeAdapter, value.List)
	default:
		return types.String(value.Str)
	}
}

// eventRef is a variable that is an event, objectRef one that is an object as
// it stands at row's place in the order.
type eventRef struct {
	log *event.Log
	row uint32
}

type objectRef struct {
	log *event.Log
	obj event.ObjectID
	row uint32
}

func eventField(name string) (*types.FieldType, bool) {
	switch name {
	case "attr":
		return always(types.NewObjectType(typeEventAttrs), func(target any) any { return target }), true
	case "type":
		return always(types.StringType, func(target any) any {
			e := target.(*eventRef)
			return types.String(e.log.Types.Name(uint32(e.log.Type[e.row])))
		}), true
	case "id":
		return always(types.StringType, func(target any) any {
			e := target.(*eventRef)
			return types.String(e.log.ID(e.row))
		}), true
	case "time":
		return always(types.TimestampType, func(target any) any {
			e := target.(*eventRef)
			return types.Timestamp{Time: e.log.Time[e.row].Time()}
		}), true
	case "recorded":
		return sometimes(types.TimestampType, func(e *eventRef) (ref.Val, bool) {
			t, ok := instantAt(e.log.Recorded, e.row)
			return types.Timestamp{Time: t.Time()}, ok
		}), true
	case "actor":
		return sometimes(types.StringType, func(e *eventRef) (ref.Val, bool) { return codeAt(e.log, e.log.Actor, e.row) }), true
	case "unit":
		return sometimes(types.StringType, func(e *eventRef) (ref.Val, bool) { return codeAt(e.log, e.log.Unit, e.row) }), true
	}
	return nil, false
}

func objectField(name string) (*types.FieldType, bool) {
	switch name {
	case "attr":
		return always(types.NewObjectType(typeObjectAttrs), func(target any) any { return target }), true
	case "id":
		return always(types.StringType, func(target any) any {
			o := target.(*objectRef)
			return types.String(o.log.Objects.Name(o.obj))
		}), true
	}
	return nil, false
}

// always is a field that is never absent, sometimes one that may be.
func always(t *types.Type, get func(target any) any) *types.FieldType {
	return &types.FieldType{Type: t, IsSet: func(any) bool { return true },
		GetFrom: func(target any) (any, error) { return get(target), nil }}
}

func sometimes(t *types.Type, get func(e *eventRef) (ref.Val, bool)) *types.FieldType {
	return &types.FieldType{Type: t,
		IsSet: func(target any) bool {
			_, ok := get(target.(*eventRef))
			return ok
		},
		GetFrom: func(target any) (any, error) {
			v, ok := get(target.(*eventRef))
			if !ok {
				return nil, errAbsent
			}
			return v, nil
		}}
}

func codeAt(l *event.Log, col []uint32, row uint32) (ref.Val, bool) {
	if int(row) >= len(col) || col[row] == 0 {
		return nil, false
	}
	return types.String(l.Strings.Name(col[row])), true
}

func instantAt(col []clock.Instant, row uint32) (clock.Instant, bool) {
	if int(row) >= len(col) || col[row] == event.NoTime {
		return 0, false
	}
	return col[row], true
}

// maxExpression is the longest text of a condition, in bytes; maxNodes and
// maxNesting bound its tree, maxCost what one evaluation may take (in CEL's
// units, for strings of 200 characters and lists of 200).
const (
	maxExpression = 4000
	maxNodes      = 1000
	maxNesting    = 60
	maxCost       = 2_000_000
	costSize      = 200
)

// scope gives the environment of a scope, made when first asked for.
func (c *checker) scope(sc scope) *celScope {
	if s := c.scopes[sc]; s != nil {
		return s
	}
	registry, err := types.NewRegistry()
	if err != nil {
		panic("rule: CEL's types: " + err.Error()) // no types of ours go in
	}
	opts := []cel.EnvOption{
		cel.CustomTypeAdapter(registry),
		cel.CustomTypeProvider(provider{registry, c.pack.Log.Attributes}),
		cel.ParserRecursionLimit(maxNesting), cel.ParserErrorRecoveryLimit(8), cel.ParserExpressionSizeLimit(maxExpression),
		cel.ExpressionNodeLimit(maxNodes), cel.RegexProgramSizeLimit(1000),
	}
	for _, v := range scopeVars[sc] {
		t := typeEvent
		if v == "case" {
			t = typeObject
		}
		opts = append(opts, cel.Variable(v, types.NewObjectType(t)))
	}
	env, err := cel.NewEnv(opts...)
	if err != nil {
		panic("rule: CEL's environment: " + err.Error()) // the options are constants
	}
	if c.scopes == nil {
		c.scopes = map[scope]*celScope{}
	}
	c.scopes[sc] = &celScope{env}
	return c.scopes[sc]
}

// functionNames are what a condition can call, for suggestions.
func (s *celScope) functionNames() []string {
	var names []string
	for name := range s.env.Functions() {
		if name[0] != '_' && name[0] != '@' && !strings.ContainsAny(name, "_!-") {
			names = append(names, name)
		}
	}
	for _, m := range s.env.Macros() {
		names = append(names, m.Function())
	}
	slices.Sort(names)
	return slices.Compact(names)
}
