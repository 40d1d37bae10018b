package rule

import (
	"regexp"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
)

// cond checks a condition.
func (c *checker) cond(s *scalar, sc scope) *Cond {
	if e := c.expression(s, sc, purposeCond); e != nil {
		return &Cond{*e}
	}
	return nil
}

// expr checks an expression.
func (c *checker) expr(s *scalar, p purpose) *Expr {
	sc := scopeIt
	if p == purposeTime {
		sc = scopeWhen
	}
	if e := c.expression(s, sc, p); e != nil {
		return &Expr{*e, p}
	}
	return nil
}

// celCheck is one expression on its way from text to a checked tree.
type celCheck struct {
	*checker
	s       *scalar
	sc      scope
	purpose purpose
	env     *cel.Env
	ast     *cel.Ast
	spans   []span // of each character of the text, found when needed
	ok      bool
	nextID  int64
}

// expression checks a text as CEL: syntax, names, our rewriting, types, cost.
// Each step needs the one before; it stops at the first that finds a fault.
func (c *checker) expression(s *scalar, sc scope, p purpose) *expression {
	if s == nil {
		return nil
	}
	if len(s.text) > maxExpression {
		c.fail(s.at, errs.Tf("an expression of %d bytes; at most %d are read", "表达式有 %d 字节；最多 %d 字节", len(s.text), maxExpression), errs.T("split the rule", "请拆分规则"))
		return nil
	}
	k := &celCheck{checker: c, s: s, sc: sc, purpose: p, env: c.scope(sc).env, ok: true}
	for _, step := range []func(){k.parse, k.index, k.names, k.literals, k.typed, k.zones, k.comesTo, k.cost} {
		if step(); !k.ok {
			return nil
		}
	}
	prog, err := k.env.Program(k.ast, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		k.failAt(0, errs.Tf("the expression can't be run: %s", "表达式无法运行：%s", err), errs.Text{})
		return nil
	}
	e := &expression{text: s.text, at: c.pos(s.at), ast: k.ast.NativeRep(), prog: prog,
		zone: c.pack.Log.Zone, kinds: c.pack.Log.Attributes, vars: map[string]bool{}}
	k.uses(e)
	if !k.ok {
		return nil
	}
	c.expressions = append(c.expressions, k)
	return e
}

// failAt records a fault at a character of the text, failWord at a word.
func (k *celCheck) failAt(offset int, what, next errs.Text) {
	k.ok = false
	k.fail(k.at(offset), what, next)
}

func (k *celCheck) failWord(offset int, word string, what, next errs.Text) {
	k.ok = false
	at := k.at(offset)
	at.width = len([]rune(word))
	k.fail(at, what, next)
}

func (k *celCheck) at(offset int) span {
	if k.spans == nil {
		k.spans = k.locate(k.s)
	}
	return k.spans[min(max(offset, 0), len(k.spans)-1)]
}

// offset is where a node stands in the text.
func (k *celCheck) offset(e celast.Expr) int {
	r, _ := k.ast.NativeRep().SourceInfo().GetOffsetRange(e.ID())
	return int(r.Start)
}

func (k *celCheck) root() celast.Expr { return k.ast.NativeRep().Expr() }

// walk visits every node, parents first.
func walk(e celast.Expr, visit func(e celast.Expr)) {
	celast.PreOrderVisit(e, celast.NewExprVisitor(visit))
}

func (k *celCheck) parse() {
	a, issues := k.env.Parse(k.s.text)
	if issues.Err() != nil {
		k.failCEL(issues.Errors())
		return
	}
	k.ast = a
	k.nextID = celast.MaxID(a.NativeRep())
}

var factory = celast.NewExprFactory()

// index turns it.attr["any name"] into a field and "any name" in it.attr into
// a test for presence: attributes are no map, and one that is named when the
// rule runs could not be checked.
func (k *celCheck) index() {
	walk(k.root(), func(e celast.Expr) {
		if e.Kind() != celast.CallKind {
			return
		}
		call := e.AsCall()
		args := call.Args()
		var attrs, name celast.Expr
		switch {
		case call.FunctionName() == operators.Index && isAttrs(args[0]):
			attrs, name = args[0], args[1]
		case call.FunctionName() == operators.In && isAttrs(args[1]):
			attrs, name = args[1], args[0]
		default:
			return
		}
		text, ok := literal(name).(types.String)
		switch {
		case !ok:
			k.failAt(k.offset(name), errs.T("the name of an attribute must be written out", "属性名必须直接写出"),
				errs.T(`write it.attr["any name"], the name in quotes`, `请写 it.attr["属性名"]，名称加引号`))
		case call.FunctionName() == operators.Index:
			e.SetKindCase(factory.NewSelect(e.ID(), attrs, string(text)))
		default:
			e.SetKindCase(factory.NewPresenceTest(e.ID(), attrs, string(text)))
		}
	})
}

// isAttrs says whether e is it.attr, when.attr or case.attr.
func isAttrs(e celast.Expr) bool {
	if e.Kind() != celast.SelectKind {
		return false
	}
	s := e.AsSelect()
	return s.FieldName() == "attr" && !s.IsTestOnly() && isVariable(s.Operand()) != ""
}

// isVariable is the name of the variable that e is, "" if it is none.
func isVariable(e celast.Expr) string {
	if e.Kind() == celast.IdentKind {
		switch name := e.AsIdent(); name {
		case "it", "when", "case":
			return name
		}
	}
	return ""
}

// literal is the constant that e is, nil if it is none.
func literal(e celast.Expr) any {
	if e.Kind() != celast.LiteralKind {
		return nil
	}
	return e.AsLiteral()
}

// names checks that every variable and every field is known.
func (k *celCheck) names() {
	local := map[string]bool{}
	walk(k.root(), func(e celast.Expr) {
		if e.Kind() == celast.ComprehensionKind {
			x := e.AsComprehension()
			local[x.IterVar()], local[x.IterVar2()], local[x.AccuVar()] = true, true, true
		}
	})
	for _, v := range []string{"it", "when", "case"} {
		if local[v] {
			k.failAt(0, errs.Tf("%q is a variable already", "%q 已是变量名", v), errs.T("give the element another name", "请给元素另取名称"))
			return
		}
	}
	walk(k.root(), func(e celast.Expr) {
		switch e.Kind() {
		case celast.IdentKind:
			k.variable(e, local)
		case celast.SelectKind:
			s := e.AsSelect()
			fields := eventFields
			switch isVariable(s.Operand()) {
			case "":
				return
			case "case":
				fields = objectFields
			}
			if !contains(fields, s.FieldName()) && contains(scopeVars[k.sc], isVariable(s.Operand())) {
				what := errs.Tf("%s has no field %q", "%s 没有字段 %q", isVariable(s.Operand()), s.FieldName())
				next := errs.DidYouMean(s.FieldName(), fields)
				if errs.Nearest(s.FieldName(), fields) == "" {
					next = errs.Tf("attributes are written %[1]s.attr.%[2]s; the fields are: %[3]s", "属性请写 %[1]s.attr.%[2]s；字段有：%[3]s",
						isVariable(s.Operand()), s.FieldName(), strings.Join(fields, ", "))
				}
				k.failWord(k.offset(e)+1, s.FieldName(), what, next)
			}
		}
	})
}

// typeNames are identifiers of CEL that name types.
var typeNames = []string{"bool", "bytes", "double", "duration", "int", "list", "map", "null_type", "string", "timestamp", "type", "uint"}

func (k *celCheck) variable(e celast.Expr, local map[string]bool) {
	name := e.AsIdent()
	if local[name] || contains(scopeVars[k.sc], name) || contains(typeNames, name) {
		return
	}
	next := errs.DidYouMean(name, scopeVars[k.sc])
	switch {
	case name == "when" && k.sc == scopeOwn:
		next = errs.T("the event that is tested here is it", "此处被检验的事件是 it")
	case name == "case" || name == "it" || name == "when":
		next = errs.Tf("this expression is over %s", "此表达式只能用 %s", scopeVars[k.sc][0])
	case errs.Nearest(name, eventFields) != "":
		next = errs.Tf("did you mean %q?", "是否想写 %q？", scopeVars[k.sc][0]+"."+errs.Nearest(name, eventFields))
	case errs.Nearest(name, scopeVars[k.sc]) == "":
		next = errs.Tf("the variables are: %s; a text wants quotes", "变量有：%s；文本需加引号", strings.Join(scopeVars[k.sc], ", "))
	}
	k.failWord(k.offset(e), name, errs.Tf("unknown variable %q", "没有变量 %q", name), next)
}

// typed lets CEL check the tree.
func (k *celCheck) typed() {
	checked, issues := k.env.Check(k.ast)
	if issues.Err() != nil {
		k.failCEL(issues.Errors())
		return
	}
	k.ast = checked
}

// accessors are the parts of a time that CEL gives in UTC unless a zone is
// named.
var accessors = map[string]bool{"getFullYear": true, "getMonth": true, "getDayOfYear": true, "getDayOfMonth": true, "getDate": true,
	"getDayOfWeek": true, "getHours": true, "getMinutes": true, "getSeconds": true, "getMilliseconds": true}

// zones names the pack's zone where a part of a time is asked for without one,
// and reads the constants that CEL would read only when the rule runs.
func (k *celCheck) zones() {
	changed := false
	walk(k.root(), func(e celast.Expr) {
		if e.Kind() != celast.CallKind {
			return
		}
		call := e.AsCall()
		args := call.Args()
		switch name := call.FunctionName(); {
		case call.IsMemberFunction() && accessors[name] && len(args) == 0 && k.typeOf(call.Target()).Kind() == types.TimestampKind:
			k.nextID++
			zone := factory.NewLiteral(k.nextID, types.String(k.pack.Log.Zone.Name()))
			e.SetKindCase(factory.NewMemberCall(e.ID(), name, call.Target(), zone))
			changed = true
		case call.IsMemberFunction() && accessors[name] && len(args) == 1:
			zone, ok := literal(args[0]).(types.String)
			if _, err := clock.LoadZone(string(zone)); !ok || err != nil {
				k.failAt(k.offset(args[0]), errs.T("this is not a time zone", "这不是时区"), errs.T(`write a name of the IANA database, as "Asia/Shanghai"`, `请写 IANA 时区名，如 "Asia/Shanghai"`))
			}
		case (name == "timestamp" || name == "duration") && len(args) == 1:
			changed = k.constant(name, args[0]) || changed
		case name == "matches" && len(args) > 0:
			if pattern, ok := literal(args[len(args)-1]).(types.String); ok {
				if _, err := regexp.Compile(string(pattern)); err != nil {
					k.failAt(k.offset(args[len(args)-1]), errs.Tf("%s is not a regular expression", "%s 不是正则表达式", quote(string(pattern))),
						errs.T("the syntax is RE2's; a bracket may be open, or want a backslash", "语法为 RE2；可能括号未闭合，或需加反斜杠"))
				}
			}
		}
	})
	if changed && k.ok {
		k.typed()
	}
}

func (k *celCheck) typeOf(e celast.Expr) *types.Type { return k.ast.NativeRep().GetType(e.ID()) }

// constant checks the text of timestamp("…") and duration("…"). A time without
// an offset is local time in the pack's zone.
func (k *celCheck) constant(function string, arg celast.Expr) (changed bool) {
	text, ok := literal(arg).(types.String)
	if !ok {
		return false
	}
	if function == "duration" {
		if _, err := time.ParseDuration(string(text)); err != nil {
			k.failAt(k.offset(arg), errs.Tf("%s is not a duration of CEL", "%s 不是 CEL 时长", quote(string(text))),
				errs.T(`write hours, minutes and seconds, as "720h" or "1h30m"; legal days belong in within`, `请用时、分、秒，如 "720h" 或 "1h30m"；法定日期限请写在 within`))
		}
		return false
	}
	if t, ok := text.ConvertToType(types.TimestampType).(types.Timestamp); ok && !t.IsZero() {
		return false
	}
	t, _, err := clock.ParseInstant(string(text), k.pack.Log.Zone)
	if err != nil {
		k.failAt(k.offset(arg), errs.Tf("%s is not a time", "%s 不是时间", quote(string(text))),
			errs.T("write 2026-03-01T09:10:00+01:00, the offset left out for local time, or a date alone", "请写 2026-03-01T09:10:00+01:00；本地时间可省略时差，也可只写日期"))
		return false
	}
	arg.SetKindCase(factory.NewLiteral(arg.ID(), types.String(k.pack.Log.Zone.Format(t))))
	return true
}

// comesTo checks what the expression comes to, and that events and objects are
// used by their fields only.
func (k *celCheck) comesTo() {
	parts := map[int64]bool{} // operands of a field
	walk(k.root(), func(e celast.Expr) {
		if e.Kind() == celast.SelectKind {
			parts[e.AsSelect().Operand().ID()] = true
		}
		if t := k.typeOf(e); t.Kind() == types.StructKind && strings.HasPrefix(t.TypeName(), "plumbline.") && !parts[e.ID()] {
			k.failAt(k.offset(e), errs.T("an event or object itself is no value", "事件或对象本身不是值"), errs.T("name one of its fields, as it.actor or it.attr.amount", "请写它的字段，如 it.actor 或 it.attr.amount"))
		}
	})
	got := k.typeOf(k.root())
	switch ok := false; k.purpose {
	case purposeCond:
		if got.Kind() != types.BoolKind {
			k.failAt(0, errs.Text{En: "a condition is true or false; this is " + typeText(got).En, Zh: "条件应为真或假；此处是" + typeText(got).Zh},
				errs.T("compare it with something", "请与某值比较"))
		}
	case purposeTime:
		if got.Kind() != types.TimestampKind {
			k.failAt(0, errs.Text{En: "from is a time; this is " + typeText(got).En, Zh: "from 应为时间；此处是" + typeText(got).Zh},
				errs.T("name a time, as when.attr.served; an attribute is declared in log.attributes: {served: time}", "请写时间，如 when.attr.served；属性在 log.attributes: {served: time} 中声明"))
		}
	case purposeNumber:
		ok = got.Kind() == types.DoubleKind || got.Kind() == types.IntKind
		if !ok {
			k.failAt(0, errs.Text{En: "sum adds numbers; this is " + typeText(got).En, Zh: "sum 对数字求和；此处是" + typeText(got).Zh},
				errs.T("an attribute is declared in log.attributes: {amount: number}", "属性在 log.attributes: {amount: number} 中声明"))
		}
	case purposeValue:
		switch got.Kind() {
		case types.DoubleKind, types.IntKind, types.StringKind, types.BoolKind, types.TimestampKind, types.DurationKind:
		default:
			k.failAt(0, errs.Text{En: "distinct tells plain values apart; this is " + typeText(got).En, Zh: "distinct 只能区分简单值；此处是" + typeText(got).Zh},
				errs.T("name a text, number, time or truth value", "请写文本、数字、时间或真假值"))
		}
	}
}

// costSizes tells CEL how long strings and lists may be.
type costSizes struct{}

func (costSizes) EstimateCallCost(string, string, *cost.AstNode, []cost.AstNode) *cost.CallEstimate {
	return nil
}

func (costSizes) EstimateSize(n cost.AstNode) *cost.SizeEstimate {
	switch n.Type().Kind() {
	case types.StringKind, types.ListKind:
		if n.ComputedSize() == nil {
			return &cost.SizeEstimate{Min: 0, Max: costSize}
		}
	}
	return nil
}

// cost refuses what could take long on every event.
func (k *celCheck) cost() {
	estimate, err := k.env.EstimateCost(k.ast, costSizes{})
	if err == nil && estimate.Max <= maxCost {
		return
	}
	k.failAt(0, errs.Tf("this could take too long: it costs up to %d, and at most %d is allowed", "求值可能过久：成本可达 %d，上限为 %d", estimate.Max, maxCost),
		errs.T("nest fewer exists and all", "请减少 exists 和 all 的嵌套"))
}

// uses notes the variables and attributes that the expression reads, warns of
// attributes that no one declares and refuses what concerns the public in
// `distinct` and `sum`.
func (k *celCheck) uses(e *expression) {
	walk(e.ast.Expr(), func(x celast.Expr) {
		if v := isVariable(x); v != "" {
			if v == "case" && !e.vars[v] {
				k.caseUse(x)
			}
			e.vars[v] = true
			return
		}
		if x.Kind() == celast.CallKind {
			k.typesNamed(e, x.AsCall())
		}
		if x.Kind() != celast.SelectKind || !isAttrs(x.AsSelect().Operand()) {
			return
		}
		name := x.AsSelect().FieldName()
		at := k.at(k.offset(x) + 1)
		at.width = len([]rune(name))
		ofObject := isVariable(x.AsSelect().Operand().AsSelect().Operand()) == "case"
		e.reads = append(e.reads, Attribute{Name: name, Object: ofObject, Pos: k.pos(at)})
		if k.purpose == purposeValue || k.purpose == purposeNumber {
			before := len(k.faults)
			k.public(&scalar{at: at}, k.vocab.attribute(name), name)
			k.ok = k.ok && len(k.faults) == before
		}
		if _, known := k.pack.Log.Attributes[name]; !known {
			k.undeclared(name, at)
		}
	})
}

// typesNamed notes the event types in it.type == "…" and it.type in ["…"].
func (k *celCheck) typesNamed(e *expression, call celast.CallExpr) {
	var texts []celast.Expr
	isType := false
	switch call.FunctionName() {
	case operators.Equals, operators.NotEquals, operators.In:
	default:
		return
	}
	for _, a := range call.Args() {
		switch a.Kind() {
		case celast.SelectKind:
			isType = isType || a.AsSelect().FieldName() == "type" && isVariable(a.AsSelect().Operand()) != ""
		case celast.LiteralKind:
			texts = append(texts, a)
		case celast.ListKind:
			texts = append(texts, a.AsList().Elements()...)
		}
	}
	for _, x := range texts {
		if name, ok := literal(x).(types.String); ok && isType {
			e.types = append(e.types, TypeUse{string(name), k.pos(k.at(k.offset(x)))})
		}
	}
}

// caseUse refuses `case` in a rule whose key has no object of the pack's per.
func (k *celCheck) caseUse(e celast.Expr) {
	per := k.pack.Log.Per
	for _, p := range k.rule.Per {
		if p.Kind == KeyObject && p.Name == per.Name {
			return
		}
	}
	k.failWord(k.offset(e), "case", errs.Tf("case has no value here: the rule is not per %s", "case 在此没有值：该规则不按 %s 关联", per),
		errs.Tf("add %s to the rule's per, or use it and when", "请在规则的 per 中加入 %s，或改用 it 和 when", per))
}

// kindOf is the declared kind of an attribute for the compiler.
func (e *expression) kindOf(name string) event.Kind { return declared(e.kinds, name) }
