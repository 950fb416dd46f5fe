package argo

import (
	"context"
	"errors"

	"github.com/pgweir/weir/sdk"
)

var (
	Intentional = sdk.Step[string, string]{Name: "intentional_fail", Retry: sdk.Retry{Max: sdk.Never}}
	SendMail    = sdk.Step[sdk.Result[string], string]{Name: "send_mail"}
	React       = sdk.Step[sdk.Result[string], string]{Name: "cry_or_celebrate"}
)

var exitHandlers = []sdk.Handler{
	Intentional.Do(func(context.Context, string) (string, error) { return "", errors.New("intentional failure") }),
	SendMail.Do(func(context.Context, sdk.Result[string]) (string, error) { return "mail sent", nil }),
	React.Do(func(_ context.Context, ended sdk.Result[string]) (string, error) {
		if ended.Failed() {
			return "cry", nil
		}
		return "celebrate", nil
	}),
}

// exit sends mail however the work ended, then reacts to that.
func exit() sdk.Ref[string] {
	ended := sdk.Try(Intentional.Call("work"))
	mail := SendMail.Bind(ended)
	return Join.Bind(sdk.All(mail, React.Bind(ended).After(mail)))
}
