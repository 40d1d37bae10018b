// Package identity knows who somebody is: accounts, passwords, second factors and
// sessions. What they may do then, package access says.
//
// For faces (pages and API) the whole of it is [Identity], made once with [New]:
//
//	granted, err := ids.SignIn(ctx, identity.Try{Name: n, Password: p, Code: c, From: ids.From(r)})
//	http.SetCookie(w, ids.Cookie(granted))     // HttpOnly, SameSite=Lax, Secure under https
//	who, err := ids.Session(ctx, ids.CookieOf(r)) // nil: nobody is signed in
//	err = ids.SignOut(ctx, ids.CookieOf(r)); http.SetCookie(w, ids.NoCookie())
//	list, err := ids.Sessions(ctx, who.Account)   // newest first; ids.End(ctx, who.Account, id)
//	err = ids.ChangePassword(ctx, who, old, new)  // ends the other sessions
//
// Passkeys go BeginPasskey, FinishPasskey, and BeginSignIn, FinishSignIn, each with a
// ticket between the two (passkey.go); the agency's own sign-in goes BeginOIDC,
// FinishOIDC (oidc.go); codes of a phone BeginSecond, ConfirmSecond, DropSecond
// (second.go). Whatever changes how an account signs in asks for the password again
// (again.go). Who keeps the accounts goes by accounts.go.
//
// A refusal is an errs.Error, to be shown as it is, around one of [ErrWrong],
// [ErrCode] (the password is right, a code of the second factor is wanted) and
// [ErrWait]. Who.Unfit says that a session is for one thing alone: to change the
// password or to set up a second factor.
//
// A session is a row; its cookie's value is kept as SHA-256 alone. A try is counted
// before the password is looked at, on the account's row, so that neither many at
// once nor a restart give more of them; addresses are counted in bounded memory.
// A name that nobody has costs as much time as one with a wrong password.
package identity
