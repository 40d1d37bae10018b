package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"plumbline/internal/errs"
	"plumbline/internal/service"
)

// problem is an answer that says what went wrong, in both languages; which one
// is sent is decided when it is written.
type problem struct {
	status   int
	code     string
	what     errs.Text
	next     errs.Text
	fields   []field
	outcomes []service.Outcome // of events that came before the fault
	wait     int               // seconds for Retry-After; 0: none
}

type field struct {
	location string
	what     errs.Text
}

// problemBody is a problem on the wire.
type problemBody struct {
	Title    string        `json:"title" doc:"What kind of problem it is"`
	Status   int           `json:"status" doc:"The status of the answer"`
	Code     string        `json:"code" doc:"The kind of problem, for programs" example:"busy"`
	Detail   string        `json:"detail" doc:"What is wrong, and what was expected"`
	Next     string        `json:"next,omitempty" doc:"What to do next"`
	Errors   []fieldBody   `json:"errors,omitempty" nullable:"false" doc:"What is wrong with which part of the request"`
	Outcomes []outcomeBody `json:"outcomes,omitempty" nullable:"false" doc:"What became of the events before the fault, in their order; those after it were not taken"`
}

type fieldBody struct {
	Location string `json:"location" example:"query.limit"`
	Detail   string `json:"detail"`
}

// Error, GetStatus, GetHeaders and ContentType are what huma asks of an error.
func (p *problem) Error() string { return p.what.En }

// GetStatus is the status of the answer.
func (p *problem) GetStatus() int { return p.status }

// ContentType is that of RFC 9457.
func (p *problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders are those that go with the status.
func (p *problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.wait > 0 {
		h.Set("Retry-After", strconv.Itoa(p.wait))
	}
	if p.status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="plumbline"`)
	}
	return h
}

func (p *problem) body(lang errs.Lang) *problemBody {
	b := &problemBody{Title: titleOf(p.status).In(lang), Status: p.status, Code: p.code, Detail: p.what.In(lang), Next: p.next.In(lang)}
	for _, f := range p.fields {
		b.Errors = append(b.Errors, fieldBody{f.location, f.what.In(lang)})
	}
	for i := range p.outcomes {
		b.Outcomes = append(b.Outcomes, outcomeOf(&p.outcomes[i], lang))
	}
	return b
}

// write answers with the problem where huma doesn't.
func (p *problem) write(w http.ResponseWriter, r *http.Request) {
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(p.body(languageOf(r.Header.Get("Accept-Language")))) // a caller that is gone is no fault
}

var titles = map[int]errs.Text{
	http.StatusBadRequest:            errs.T("Bad request", "请求有误"),
	http.StatusUnauthorized:          errs.T("Not signed in", "未提供有效令牌"),
	http.StatusForbidden:             errs.T("Not allowed", "无权操作"),
	http.StatusNotFound:              errs.T("Not found", "未找到"),
	http.StatusMethodNotAllowed:      errs.T("Method not allowed", "不支持该方法"),
	http.StatusRequestTimeout:        errs.T("Too slow", "请求超时"),
	http.StatusConflict:              errs.T("Already done", "已处理"),
	http.StatusRequestEntityTooLarge: errs.T("Too much at once", "一次内容过多"),
	http.StatusUnsupportedMediaType:  errs.T("Unsupported content", "不支持的内容类型"),
	http.StatusUnprocessableEntity:   errs.T("Not understood", "内容不符合要求"),
	http.StatusTooManyRequests:       errs.T("Busy", "系统繁忙"),
	http.StatusServiceUnavailable:    errs.T("Not available", "服务不可用"),
}

func titleOf(status int) errs.Text {
	if t, ok := titles[status]; ok {
		return t
	}
	return errs.T("Internal error", "内部错误")
}

// problemOf is an error of the service as an answer. A fault of the program is
// told as such and no more; the log has the rest.
func (a *API) problemOf(err error) *problem {
	if p := (*problem)(nil); errors.As(err, &p) {
		return p
	}
	if p := a.refusalOf(err); p != nil {
		return p
	}
	switch {
	case errors.Is(err, service.ErrBusy):
		return &problem{status: http.StatusTooManyRequests, code: "busy", wait: 1, what: errs.T("as many events wait to be judged as may", "待判断的事件已达上限"),
			next: errs.T("send the same again after the seconds of Retry-After; what was taken already counts once", "请在 Retry-After 所示秒数后重发；已接收的不会重复计入")}
	case errors.Is(err, service.ErrClosing):
		return &problem{status: http.StatusServiceUnavailable, code: "closing", wait: 5, what: errs.T("the service is stopping", "服务正在停止"),
			next: errs.T("send the same again after the seconds of Retry-After", "请在 Retry-After 所示秒数后重发")}
	case errors.Is(err, service.ErrNone):
		return nothing()
	case errors.Is(err, service.ErrSettled):
		return &problem{status: http.StatusConflict, code: "settled", what: errs.T("it was mended or set aside already", "该条已改正或已搁置"),
			next: errs.T("list the quarantine again to see its outcome", "请重新列出隔离区查看结果")}
	}
	if t := service.TroubleOf(err); t != nil {
		a.log.Error("a request found the record unusable", "error", err.Error())
		return &problem{status: http.StatusServiceUnavailable, code: t.Code, wait: t.Wait, what: t.What, next: t.Next}
	}
	if e := (*errs.Error)(nil); errors.As(err, &e) && e.Code != errs.Internal {
		return &problem{status: http.StatusUnprocessableEntity, code: "not_understood", what: e.What, next: e.Next}
	}
	if list := (errs.List)(nil); errors.As(err, &list) && errs.CodeOf(list) != errs.Internal {
		return &problem{status: http.StatusUnprocessableEntity, code: "not_understood", what: errs.T(list.In(errs.En), list.In(errs.Zh))}
	}
	a.log.Error("a request failed", "error", err.Error())
	return &problem{status: http.StatusInternalServerError, code: "internal", what: errs.T("a fault of the program", "程序自身的错误"),
		next: errs.T("try again; if it stays, tell whoever looks after the machine: its log says what failed", "请重试；若仍失败请告知系统管理员：日志中有原因")}
}

func nothing() *problem {
	return &problem{status: http.StatusNotFound, code: "not_found", what: errs.T("there is no such thing here", "此处没有该项内容"),
		next: errs.T("/openapi.json lists what there is", "可用的接口见 /openapi.json")}
}

// translate makes of what huma found wrong with a request a problem like all
// others, and gives problems their language.
func translate(ctx huma.Context, _ string, v any) (any, error) {
	lang := languageOf(ctx.Header("Accept-Language"))
	switch e := v.(type) {
	case *problem:
		return e.body(lang), nil
	case *huma.ErrorModel:
		p := &problem{status: e.Status, code: "not_understood", what: saidOf(e.Detail),
			next: errs.T("/openapi.json says what is expected", "所需内容见 /openapi.json")}
		for _, d := range e.Errors {
			p.fields = append(p.fields, field{d.Location, saidOf(d.Message)})
		}
		return p.body(lang), nil
	}
	return v, nil
}

// saidByHuma are the sentences in which huma finds fault with a request, and the
// same in Chinese. What isn't here has a Chinese beginning; a test runs through
// those that a caller can cause.
var saidByHuma = []struct {
	en *regexp.Regexp
	zh string
}{
	{regexp.MustCompile(`^validation failed$`), "请求内容不符合要求"},
	{regexp.MustCompile(`^request body is required$`), "缺少请求内容"},
	{regexp.MustCompile(`^unknown query parameter$`), "没有这个查询参数"},
	{regexp.MustCompile(`^expected at most one value.*$`), "只能写一个值"},
	{regexp.MustCompile(`^invalid integer$`), "应为整数"},
	{regexp.MustCompile(`^invalid boolean$`), "应为 true 或 false"},
	{regexp.MustCompile(`^unexpected property$`), "没有这个字段"},
	{regexp.MustCompile(`^expected required property (\S+) to be present$`), "缺少字段 $1"},
	{regexp.MustCompile(`^expected value to be one of (".*")$`), "应为 $1 之一"},
	{regexp.MustCompile(`^expected number >= (\S+)$`), "不能小于 $1"},
	{regexp.MustCompile(`^expected number <= (\S+)$`), "不能大于 $1"},
	{regexp.MustCompile(`^expected length >= (\d+)$`), "不能短于 $1 个字符"},
	{regexp.MustCompile(`^expected length <= (\d+)$`), "不能长于 $1 个字符"},
	{regexp.MustCompile(`^expected array length >= (\d+)$`), "至少应有 $1 项"},
	{regexp.MustCompile(`^expected array length <= (\d+)$`), "最多 $1 项"},
	{regexp.MustCompile(`^expected string to match pattern (.+)$`), "应符合 $1"},
	{regexp.MustCompile(`^expected (string|array|object|integer|number|boolean)$`), "类型不符，应为 $1"},
	{regexp.MustCompile(`^(?:invalid character|unexpected end of JSON|json:|jsontext:|unexpected EOF).*$`), "不是有效的 JSON"},
}

func saidOf(en string) errs.Text {
	for _, s := range saidByHuma {
		if s.en.MatchString(en) {
			return errs.T(en, s.en.ReplaceAllString(en, s.zh))
		}
	}
	return errs.T(en, "请求有误："+en)
}

// languageOf is the language that a caller prefers of those there are; English
// where it says nothing of them.
func languageOf(accept string) errs.Lang {
	best, lang := 0.0, errs.En
	for part := range strings.SplitSeq(accept, ",") {
		tag, q, _ := strings.Cut(part, ";")
		weight := 1.0
		if v, ok := strings.CutPrefix(strings.TrimSpace(q), "q="); ok {
			weight, _ = strconv.ParseFloat(v, 64) // what is no number counts for nothing
		}
		tag, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		if weight > best && (tag == string(errs.En) || tag == string(errs.Zh)) {
			best, lang = weight, errs.Lang(tag)
		}
	}
	return lang
}
