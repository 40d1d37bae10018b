// Package api is the service's face to programs: HTTP with JSON, described by
// the OpenAPI document that it serves at /openapi.json.
//
// Events come in by POST /api/v1/events (events.go): the body is cut into events
// while it arrives (package jsonl), handed to the service some hundred at a time, and
// answered for each event once all of them are committed. What one body, all
// bodies together and a slow line may cost is bounded (body.go, server.go).
// Everything else is small: one file for each thing that can be read or done,
// with the shapes of its answers beside it.
//
// Who may do what follows from the token's role (auth.go). Whatever goes wrong is
// a problem of RFC 9457 with a code, what is wrong and what to do next, in the
// language that the caller asks for (problem.go). Logs name the route and the
// source, never a path, a query or a body: those hold numbers of cases.
package api
