package rule

import (
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"plumbline/internal/errs"
)

// CEL says what is wrong in words of its own, in English; here they are put
// into ours. Syntax errors follow from one another, so only the first is told.

var (
	syntaxToken = regexp.MustCompile(`(?s)^Syntax error: (?:mismatched input|extraneous input|no viable alternative at input|token recognition error at:|missing '.*?' at) '(.*?)'(?: expecting .*)?$`)
	overload    = regexp.MustCompile(`^found no matching overload for '(.*?)' applied to '(.*)'$`)
	undeclared  = regexp.MustCompile(`^undeclared reference to '(.*?)'`)
)

func (k *celCheck) failCEL(list []*cel.Error) {
	slices.SortStableFunc(list, func(a, b *cel.Error) int {
		if a.Location.Line() != b.Location.Line() {
			return a.Location.Line() - b.Location.Line()
		}
		return a.Location.Column() - b.Location.Column()
	})
	for _, e := range list {
		at := k.textOffset(e.Location.Line(), e.Location.Column())
		what, next := k.celText(e.Message, at)
		k.failAt(at, what, next)
		if e.ExprID == 0 {
			return
		}
	}
}

// textOffset is the character of the text at a line (from 1) and column (from
// 0) of it.
func (k *celCheck) textOffset(line, column int) int {
	n := 0
	for _, r := range k.s.text {
		if line <= 1 {
			break
		}
		if n++; r == '\n' {
			line--
		}
	}
	return n + max(column, 0)
}

func (k *celCheck) celText(msg string, at int) (what, next errs.Text) {
	if m := overload.FindStringSubmatch(msg); m != nil {
		return overloadText(m[1], m[2])
	}
	if m := undeclared.FindStringSubmatch(msg); m != nil {
		if text := []rune(k.s.text); at >= len(text) || text[at] != '(' {
			return errs.Tf("unknown variable %q", "没有变量 %q", m[1]), errs.Tf("the variables are: %s", "变量有：%s", strings.Join(scopeVars[k.sc], ", "))
		}
		names := (&celScope{k.env}).functionNames()
		next := errs.Tf("the functions are those of CEL, as startsWith, contains, matches, size, getHours", "可用的是 CEL 函数，如 startsWith、contains、matches、size、getHours")
		if n := errs.Nearest(m[1], names); n != "" {
			next = errs.Tf("did you mean %q?", "是否想写 %q？", n)
		}
		return errs.Tf("unknown function %q", "没有函数 %q", m[1]), next
	}
	if strings.HasPrefix(msg, "invalid argument to has()") {
		return errs.T("has() asks for a field", "has() 须写一个字段"),
			errs.T(`write has(it.attr.name) or "any name" in it.attr`, `请写 has(it.attr.name) 或 "属性名" in it.attr`)
	}
	if m := syntaxToken.FindStringSubmatch(msg); m != nil {
		return k.syntaxText(m[1], at)
	}
	if strings.Contains(msg, "recursion") || strings.Contains(msg, "exceeds limit") {
		return errs.T("the expression is too long or nested too deeply", "表达式太长或嵌套太深"), errs.T("split the rule, or use in [ … ] for a list of values", "请拆分规则；多个取值请用 in [ … ]")
	}
	return errs.Tf("CEL refuses this: %s", "CEL 不接受：%s", msg), errs.Text{}
}

// fullWidth is how far the full-width forms of a Chinese keyboard lie above the
// signs they look like.
const fullWidth = '！' - '!'

// syntaxText is what is said of a word where it can't stand, with what was
// probably meant.
func (k *celCheck) syntaxText(token string, at int) (what, next errs.Text) {
	if token == "<EOF>" {
		if strings.TrimSpace(k.s.text) == "" {
			return errs.T("the expression is empty", "表达式为空"), errs.T("write a condition, as it.attr.amount > 80, or leave the key out", "请写条件，如 it.attr.amount > 80，或删去该键")
		}
		return errs.T("the expression ends too early", "表达式不完整"), errs.T("something is missing after this, or a bracket isn't closed", "此后缺少内容，或括号没有闭合")
	}
	what = errs.Tf("%s can't stand here", "此处不能写 %s", quote(strings.TrimSpace(token)))
	word := strings.ToLower(strings.TrimSpace(token))
	meant := map[string]string{"=": "==", "and": "&&", "or": "||", "not": "!", "&": "&&", "|": "||", "<>": "!=", "≥": ">=", "≤": "<=", "≠": "!=",
		"，": ",", "（": "(", "）": ")", "“": `"`, "”": `"`, "＝": "=="}
	if m, ok := meant[word]; ok {
		return what, errs.Tf("did you mean %q?", "是否想写 %q？", m)
	}
	if word != "" {
		first := []rune(word)[0]
		if m, ok := meant[string(first)]; ok {
			return what, errs.Tf("did you mean %q?", "是否想写 %q？", m)
		}
		if first > fullWidth && first <= fullWidth+'~' {
			return what, errs.Tf("did you mean %q?", "是否想写 %q？", string(first-fullWidth))
		}
	}
	if strings.HasPrefix(token, ".") || strings.HasSuffix(k.textBefore(at), ".") {
		return what, errs.T(`a name that CEL reserves or that has other characters is written it.attr["any name"]`, `CEL 保留的名称或含其他字符的名称请写 it.attr["属性名"]`)
	}
	return what, errs.T("an operator, a bracket or a quote is missing or too many", "运算符、括号或引号缺少或多余")
}

func (k *celCheck) textBefore(at int) string {
	r := []rune(k.s.text)
	return string(r[:min(at, len(r))])
}

// overloadText says that an operator or function doesn't take what it is given.
func overloadText(function, args string) (what, next errs.Text) {
	symbol, isOperator := operators.FindReverse(function)
	if !isOperator || symbol == "" {
		symbol = function
	}
	en, zh := typeList(args)
	what = errs.Text{En: quote(symbol) + " isn't defined for " + en, Zh: quote(symbol) + " 不能用于" + zh}
	has := func(name string) bool { return strings.Contains(args, name) }
	switch {
	case function == operators.Modulo && has("double"):
		next = errs.T("only whole numbers have a remainder; write int(…) around the number", "只有整数可以取余；请给数字套上 int(…)")
	case has("int") && has("double"):
		next = errs.T("write double(…) around the whole number", "请给整数套上 double(…)")
	case has("timestamp") && has("string"):
		next = errs.T(`write timestamp("2026-03-01T09:10:00+01:00") for a time; an attribute is declared in log.attributes: {…: time}`, `时间请写 timestamp("2026-03-01T09:10:00+08:00")；属性在 log.attributes: {…: time} 中声明`)
	case has("timestamp") && (has("int") || has("double")):
		next = errs.T(`write timestamp("…") for a time, duration("24h") for a length of it`, `时间请写 timestamp("…")，时长请写 duration("24h")`)
	case has("string") && (has("int") || has("double")):
		next = errs.T("texts stand in quotes, numbers without; what an attribute is, log.attributes declares: {…: number}", "文本加引号，数字不加；属性的类型在 log.attributes: {…: number} 中声明")
	case has("bool") && has("string"):
		next = errs.T("write true or false without quotes, or declare the attribute in log.attributes: {…: bool}", "true、false 不加引号，或在 log.attributes: {…: bool} 中声明该属性")
	}
	return what, next
}

var typeTexts = map[string]errs.Text{
	"string": errs.T("a text", "文本"), "double": errs.T("a number", "数字"), "int": errs.T("a whole number", "整数"),
	"uint": errs.T("an unsigned number", "无符号整数"), "bool": errs.T("true or false", "真假值"), "timestamp": errs.T("a time", "时间"),
	"duration": errs.T("a length of time", "时长"), "null": errs.T("null", "null"), "dyn": errs.T("a value of any type", "任意类型的值"), "bytes": errs.T("bytes", "字节"),
	"list(string)": errs.T("a list of texts", "文本列表"), "list(double)": errs.T("a list of numbers", "数字列表"), "list(int)": errs.T("a list of whole numbers", "整数列表"),
	typeEvent: errs.T("an event", "事件"), typeObject: errs.T("an object", "对象"),
	typeEventAttrs: errs.T("attributes", "属性"), typeObjectAttrs: errs.T("attributes", "属性"),
}

// typeText names a type of CEL in words.
func typeText(t *types.Type) errs.Text { return typeWord(cel.FormatCELType(t)) }

func typeWord(name string) errs.Text {
	if t, ok := typeTexts[name]; ok {
		return t
	}
	return errs.Text{En: name, Zh: " " + name + " "}
}

// typeList names the types in "(double, list(string))" or "string.(int)".
func typeList(args string) (en, zh string) {
	args = strings.TrimSuffix(strings.Replace(args, ".(", ", ", 1), ")")
	args = strings.TrimSuffix(strings.TrimPrefix(args, "("), ", ")
	var ens, zhs []string
	depth, from := 0, 0
	for i := 0; i <= len(args); i++ {
		switch {
		case i == len(args) || args[i] == ',' && depth == 0:
			t := typeWord(strings.TrimSpace(args[from:i]))
			ens, zhs = append(ens, t.En), append(zhs, t.Zh)
			from = i + 1
		case args[i] == '(':
			depth++
		case args[i] == ')':
			depth--
		}
	}
	return strings.Join(ens, " and "), strings.Join(zhs, "与")
}
