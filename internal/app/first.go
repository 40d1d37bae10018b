package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/datadir"
	"plumbline/internal/errs"
	"plumbline/internal/pack"
	"plumbline/internal/service"
	"plumbline/internal/web"
)

// FirstStart sets a data directory up on a page, to which told is given the link:
// it opens once, to whoever has it. It returns once that is done, or when ctx ends.
func FirstStart(ctx context.Context, config datadir.Config, lang errs.Lang, log *slog.Logger, told func(link string)) error {
	offered, err := packsOffered()
	if err != nil {
		return err
	}
	done, end := context.WithCancel(ctx)
	defer end()
	page, key, err := web.NewFirst(web.FirstOptions{Packs: offered, Lang: lang, Log: log, Done: end,
		Do: func(ctx context.Context, s web.Setup) error { return setUp(ctx, config, s) }})
	if err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", config.Listen)
	if err != nil {
		return &errs.Error{Code: errs.Usage, Err: err, What: errs.Tf("can't listen on %s: %v", "无法监听 %s：%v", config.Listen, reasonOf(err)),
			Next: errs.T("choose another address with --listen, or stop what listens there", "请用 --listen 换一个地址，或停止占用该地址的程序")}
	}
	server := &http.Server{Handler: page.Handler(), ReadTimeout: 20 * time.Second, WriteTimeout: 20 * time.Second, MaxHeaderBytes: 16 << 10}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	told("http://" + l.Addr().String() + "/setup?key=" + key)
	select {
	case err := <-ended:
		return fmt.Errorf("serving HTTP: %w", err)
	case <-done.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := server.Shutdown(drain); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return errors.Join(server.Close(), ctx.Err())
}

// packsOffered are the packs that the program carries.
func packsOffered() (out []web.SetupPack, err error) {
	for _, name := range pack.BuiltIn() {
		loaded, err := pack.Load(name)
		if err != nil {
			return nil, err
		}
		out = append(out, offered(name, loaded)...)
	}
	return out, nil
}

// offered are packs as pages list them.
func offered(name string, loaded []*pack.Pack) (out []web.SetupPack) {
	for _, p := range loaded {
		one := web.SetupPack{Name: name, Version: p.Version, Title: p.Title, Rules: len(p.Rules)}
		for _, r := range p.Rules {
			if r.Basis.Verified {
				one.Verified++
			}
		}
		out = append(out, one)
	}
	return out
}

func setUp(ctx context.Context, config datadir.Config, s web.Setup) error {
	if _, err := clock.LoadZone(s.Zone); err != nil {
		return &errs.Error{Code: errs.Usage, Err: err, What: errs.Tf("%q is no time zone", "未知时区 %q", s.Zone), Next: errs.T("write one of IANA's names, as Asia/Shanghai", "请写 IANA 时区名称，如 Asia/Shanghai")}
	}
	for _, name := range s.Packs {
		if _, err := packNamed(config.Data, name); err != nil {
			return err
		}
	}
	return datadir.Setup(ctx, datadir.SetupOptions{Config: config, Admin: s.Admin, Password: s.Password, Now: clock.InstantOf(time.Now()),
		Settings: service.Settings{Agency: s.Agency, Zone: s.Zone, Lang: s.Lang, Packs: s.Packs}})
}
