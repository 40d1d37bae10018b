// Package web is the pages: what an oversight office, a head of unit, an officer
// or an auditor looks at in a browser.
//
// Pages are written on the server (templ), in English or Chinese, and work without
// JavaScript; static/plumbline.js only saves reloads and keystrokes. One page is one
// file page_NAME.go with its page_NAME.templ beside it: the first asks the service
// and puts what it says into words, the second sets it. [Pages] is the list of
// them (web.go). A [view] is one request: its language, theme, zone, who asks, and
// the instant as of which everything is judged.
//
// What a page needs of the rest of the program are the small interfaces of asks.go;
// app hands them in. Nothing on a page comes from another host, no page has a style
// or script within, and the policy that says so goes with every answer (secure.go).
// Words stand in words.yaml, both languages side by side; marks and charts are drawn
// by package chart; the stylesheet's tokens and parts are those of static/plumbline.css.
package web

//go:generate go run github.com/a-h/templ/cmd/templ@v0.3.977 generate -include-version=false
