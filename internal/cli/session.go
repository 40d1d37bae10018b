package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"golang.org/x/term"

	"plumbline/internal/errs"
	"plumbline/internal/identity"
)

// served is a service that somebody signs in to for one command.
type served struct {
	URL          string `name:"url" required:"" help:"The service, as https://plumbline.example.org." zh:"服务地址，如 https://plumbline.example.org。" placeholder:"URL"`
	User         string `required:"" help:"Your account." zh:"本人账户名。" placeholder:"NAME"`
	PasswordFile string `help:"A file with your password, alone on one line. Without it: asked for at the terminal." zh:"存放本人密码的文件，只有一行。不写时在终端输入。" placeholder:"FILE"`
	Code         string `help:"A code of your second factor. Without it: asked for where it is wanted." zh:"动态验证码。不写时在需要时询问。" placeholder:"CODE"`
}

// session is somebody signed in.
type session struct {
	c       *call
	base    *url.URL
	client  http.Client
	cookies []*http.Cookie
}

// signedIn signs in for f, and out again.
func (x *served) signedIn(c *call, f func(s *session) error) error {
	u, err := url.Parse(x.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.User != nil {
		return &errs.Error{Code: errs.Usage, What: errs.Tf("--url %q is no address of a service", "--url %q 不是服务地址", x.URL), Next: errs.T("write it as https://plumbline.example.org", "请写成 https://plumbline.example.org")}
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return &errs.Error{Code: errs.Usage, What: errs.T("your password would go over the line unencrypted", "密码将以明文传输"), Next: errs.T("use https", "请使用 https")}
	}
	s := &session{c: c, base: u, client: http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	in := struct {
		Name     string `json:"name"`
		Password string `json:"password"`
		Code     string `json:"code,omitempty"`
	}{Name: x.User, Code: x.Code}
	if in.Password, err = c.secretFrom(x.PasswordFile, "--password-file", c.say("password: ", "密码：")); err != nil {
		return err
	}
	err = s.call(http.MethodPost, "signin", in, nil)
	if code := problemCode(""); errors.As(err, &code) && code == "code" && in.Code == "" && term.IsTerminal(int(os.Stdin.Fd())) {
		if in.Code, err = c.askSecret(c.say("code of your second factor: ", "动态验证码：")); err != nil {
			return err
		}
		err = s.call(http.MethodPost, "signin", in, nil)
	}
	if err != nil {
		return err
	}
	err = f(s)
	if out := s.call(http.MethodPost, "signout", struct{}{}, nil); out != nil && err == nil {
		c.warn(c.say("the session was not ended: %v", "登录未能结束：%v", out))
	}
	return err
}

// secretFrom reads a secret from a file, or asks for it at the terminal: never from a
// flag, which others on the machine could read.
func (c *call) secretFrom(file, flag, prompt string) (string, error) {
	if file != "" {
		return identity.ReadPassword(file)
	}
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return "", &errs.Error{Code: errs.Usage, What: errs.Tf("there is no terminal to ask at, and no %s", "没有终端可供输入，也未给出 %s", flag), Next: errs.Tf("write %s FILE", "请写 %s 文件", flag)}
	}
	return c.askSecret(prompt)
}

func (c *call) askSecret(prompt string) (string, error) {
	fmt.Fprint(c.Err, prompt)
	text, err := term.ReadPassword(int(os.Stdin.Fd()))
	fmt.Fprintln(c.Err)
	if err != nil {
		return "", fmt.Errorf("reading from the terminal: %w", err)
	}
	return string(text), nil
}

// problemCode is the kind of problem that the service answered with.
type problemCode string

// Error is the code.
func (p problemCode) Error() string { return string(p) }

// call asks the service for something; what goes in and comes back is JSON.
func (s *session) call(method, path string, in, into any) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	r, err := http.NewRequest(method, s.base.JoinPath("api/v1").String()+"/"+path, body)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept-Language", string(s.c.lang))
	for _, c := range s.cookies {
		r.AddCookie(c)
	}
	w, err := s.client.Do(r)
	if err != nil {
		return &errs.Error{Code: errs.Input, Err: err, What: errs.Tf("the service can't be reached: %v", "无法连接服务：%v", err), Next: errs.T("check --url and that it runs", "请检查 --url 及服务是否运行")}
	}
	defer w.Body.Close()
	text, err := io.ReadAll(io.LimitReader(w.Body, 16<<20))
	if err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	if w.StatusCode >= 300 {
		var p struct{ Code, Detail, Next string }
		if json.Unmarshal(text, &p) != nil || p.Detail == "" {
			p.Detail = w.Status
		}
		return &errs.Error{Code: errs.Usage, Err: problemCode(p.Code), What: errs.T(p.Detail, p.Detail), Next: errs.T(p.Next, p.Next)} // in the language that was asked for
	}
	s.cookies = append(s.cookies, w.Cookies()...)
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}
