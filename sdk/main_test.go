package sdk

import (
	"testing"

	"github.com/pgweir/weir/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }
