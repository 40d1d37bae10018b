package rule

import (
	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"plumbline/internal/event"
)

// CEL keeps whole numbers and doubles apart: amount > 80 would be an error
// where amount is a number. The language reads integer literals beside a
// number as doubles (spec §6); this pass does it on the tree, before types are
// checked.

// numeric is what is known of an expression's type before CEL checks it.
type numeric uint8

const (
	notNumeric numeric = iota // or not known
	whole                     // integer literals alone
	number
)

// numbers is the pass over one tree.
type numbers struct {
	kinds   map[string]event.Kind
	ranges  map[int64]celast.Expr // element variable of a macro, by node → what it runs over
	known   map[int64]numeric     // of lists, by node: what their elements are
	doubled map[int64]bool        // lists
	changed bool
}

// literals turns the integer literals that stand beside numbers into doubles.
// One that turns may be what another stands beside, so it goes on until
// nothing changes.
func (k *celCheck) literals() {
	n := &numbers{kinds: k.pack.Log.Attributes, ranges: map[int64]celast.Expr{}, doubled: map[int64]bool{}}
	n.elements(k.root(), nil)
	for n.changed = true; n.changed; {
		n.changed = false
		n.known = map[int64]numeric{}
		walk(k.root(), n.visit)
	}
}

// element is a variable that a macro runs over a list, and those around it.
type element struct {
	name  string
	over  celast.Expr
	outer *element
}

// elements finds for each use of such a variable the list that it runs over.
func (n *numbers) elements(e celast.Expr, in *element) {
	switch e.Kind() {
	case celast.IdentKind:
		for x := in; x != nil; x = x.outer {
			if x.name == e.AsIdent() {
				if x.over.Kind() == celast.ListKind {
					n.ranges[e.ID()] = x.over
				}
				return
			}
		}
	case celast.SelectKind:
		n.elements(e.AsSelect().Operand(), in)
	case celast.CallKind:
		if e.AsCall().IsMemberFunction() {
			n.elements(e.AsCall().Target(), in)
		}
		for _, a := range e.AsCall().Args() {
			n.elements(a, in)
		}
	case celast.ListKind:
		for _, x := range e.AsList().Elements() {
			n.elements(x, in)
		}
	case celast.ComprehensionKind:
		c := e.AsComprehension()
		n.elements(c.IterRange(), in)
		in = &element{c.IterVar(), c.IterRange(), in}
		for _, part := range []celast.Expr{c.AccuInit(), c.LoopCondition(), c.LoopStep(), c.Result()} {
			n.elements(part, in)
		}
	}
}

// visit settles the operands of one operator among themselves.
func (n *numbers) visit(e celast.Expr) {
	switch e.Kind() {
	case celast.ListKind:
		n.together(e.AsList().Elements())
	case celast.CallKind:
		args := e.AsCall().Args()
		switch e.AsCall().FunctionName() {
		case operators.Add, operators.Subtract, operators.Multiply, operators.Divide,
			operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
			n.together(args)
		case operators.Conditional:
			n.together(args[1:])
		case operators.In:
			if args[1].Kind() == celast.ListKind {
				n.together(append([]celast.Expr{args[0]}, args[1].AsList().Elements()...))
			}
		}
	}
}

// together makes all whole where one is a number.
func (n *numbers) together(list []celast.Expr) {
	found := false
	for _, e := range list {
		found = found || n.kind(e) == number
	}
	if !found {
		return
	}
	for _, e := range list {
		if n.kind(e) == whole {
			n.double(e)
		}
	}
}

func (n *numbers) kind(e celast.Expr) numeric {
	switch e.Kind() {
	case celast.LiteralKind:
		switch e.AsLiteral().(type) {
		case types.Double:
			return number
		case types.Int:
			return whole
		}
	case celast.SelectKind:
		s := e.AsSelect()
		if !s.IsTestOnly() && isAttrs(s.Operand()) && n.kinds[s.FieldName()] == event.Number {
			return number
		}
	case celast.IdentKind:
		if r := n.ranges[e.ID()]; r != nil {
			return n.list(r)
		}
	case celast.CallKind:
		args := e.AsCall().Args()
		switch e.AsCall().FunctionName() {
		case operators.Add, operators.Subtract, operators.Multiply, operators.Divide, operators.Negate:
			return n.join(args)
		case operators.Conditional:
			return n.join(args[1:])
		case "double":
			return number
		}
	}
	return notNumeric
}

// list is what the elements of a list are, found once.
func (n *numbers) list(e celast.Expr) numeric {
	k, ok := n.known[e.ID()]
	if !ok {
		k = n.join(e.AsList().Elements())
		n.known[e.ID()] = k
	}
	return k
}

// join is number where one is, whole where all are.
func (n *numbers) join(list []celast.Expr) numeric {
	all := len(list) > 0
	for _, e := range list {
		switch n.kind(e) {
		case number:
			return number
		case notNumeric:
			all = false
		}
	}
	if all {
		return whole
	}
	return notNumeric
}

// double turns the integer literals of a whole expression into doubles.
func (n *numbers) double(e celast.Expr) {
	switch e.Kind() {
	case celast.LiteralKind:
		if i, ok := e.AsLiteral().(types.Int); ok {
			e.SetKindCase(factory.NewLiteral(e.ID(), types.Double(i)))
			n.changed = true
		}
	case celast.IdentKind:
		if r := n.ranges[e.ID()]; !n.doubled[r.ID()] {
			n.doubled[r.ID()] = true
			for _, x := range r.AsList().Elements() {
				n.double(x)
			}
		}
	case celast.CallKind:
		args := e.AsCall().Args()
		if e.AsCall().FunctionName() == operators.Conditional {
			args = args[1:]
		}
		for _, a := range args {
			n.double(a)
		}
	}
}
