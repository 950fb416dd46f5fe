package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/cmd/wfadmin/internal/demo"
	"github.com/pgweir/weir/internal/devdb"
	"github.com/pgweir/weir/migrations"
	"github.com/pgweir/weir/sdk"
)

func TestEachErrorHasItsCodeAndAdvice(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err    error
		code   int
		advice bool // beyond what the error says itself
	}{
		{nil, exitOK, false},
		{errors.New("anything"), exitFailed, false},
		{&brokenError{1}, exitFailed, false},
		{demo.ErrBroken, exitFailed, false},
		{devdb.ErrNoServer, exitFailed, true},
		{&usageError{"no"}, exitUsage, true},
		{&demo.TreeError{Dir: "/", Cause: errors.New("no")}, exitUsage, true},
		{migrations.ErrUnreachable, exitServer, true},
		{migrations.ErrReadOnly, exitServer, true},
		{migrations.ErrServerTooOld, exitServer, true},
		{migrations.ErrNotMigrated, exitSchema, true},
		{migrations.ErrTooOld, exitSchema, true},
		{&migrations.NewerError{Part: "weir", Have: 2, Know: 1}, exitSchema, false},
		{&migrations.DirtyError{Version: 1}, exitSchema, false},
		{&migrations.ForeignError{Objects: []string{"view mine"}}, exitSchema, true},
		{sdk.ErrNotFound, exitNotFound, false},
		{sdk.ErrStepNotFound, exitNotFound, false},
		{sdk.ErrExists, exitState, false},
		{sdk.ErrFinished, exitState, true},
		{sdk.ErrActive, exitState, true},
		{sdk.ErrEventConflict, exitState, false},
		{sdk.ErrFull, exitState, false},
		{&unfinishedError{"it", sdk.StatusRunning}, exitState, true},
		{&sdk.StepError{}, exitStepFailed, true},
		{&sdk.StepError{Type: "weir.not_found"}, exitStepFailed, true},
		{sdk.ErrCanceled, exitCanceled, true},
		{&pgconn.PgError{Code: "42501"}, exitFailed, true},
		{&leftError{1, 2}, exitFailed, false},
		{context.Canceled, exitInterrupted, false},
		{fmt.Errorf("%w: %w", migrations.ErrUnreachable, context.Canceled), exitInterrupted, true},
	} {
		wrapped := test.err
		if wrapped != nil {
			wrapped = fmt.Errorf("doing it: %w", test.err)
		}
		require.Equal(t, test.code, exitCode(wrapped), "%v", test.err)
		require.Equal(t, test.advice, hint(wrapped) != "", "%v", test.err)
	}
}
