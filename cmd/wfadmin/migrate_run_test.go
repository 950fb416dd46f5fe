package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/migrations"
)

func TestUpSaysWhatItDid(t *testing.T) {
	t.Parallel()
	const latest, river = 3, 8
	for _, test := range []struct {
		found migrations.State
		want  string
	}{
		{migrations.State{}, "Created Weir, version 3."},
		{migrations.State{River: river}, "Created Weir, version 3."},
		{migrations.State{Version: 1, River: 7}, "Upgraded Weir from version 1 to 3."},
		{migrations.State{Version: latest, River: 7}, "Upgraded River's tables from version 7 to 8."},
		{migrations.State{Version: latest, River: river}, "Replaced the functions and views; the tables were up to date."},
		{migrations.State{Version: latest, River: river, ObjectsCurrent: true}, "Nothing to do: the database is up to date, at version 3."},
	} {
		test.found.Latest, test.found.RiverPinned = latest, river
		require.Equal(t, test.want, upDone(test.found))
	}
}

func TestDownSaysWhetherThereWasSomething(t *testing.T) {
	t.Parallel()
	require.Equal(t, "Nothing to do: Weir is not in the database.", downDone(migrations.State{}))
	require.Equal(t, "Removed Weir from the database.", downDone(migrations.State{Version: 1, River: 8}))
	require.Equal(t, "Removed Weir from the database.", downDone(migrations.State{River: 8}), "of a creation that was cut off")
}
