//go:build browser

package browser

import (
	"fmt"
	"os"
	"testing"

	"github.com/latchkey-iam/latchkey/test/nodes"
)

// What all tests share: the built program with its databases, and one Chromium.
var (
	kit      *nodes.Kit
	chromium *Browser
)

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	if kit, err = nodes.Build(); err != nil {
		return 1, err
	}
	defer func() {
		if e := kit.Close(); e != nil {
			err = e
		}
	}()
	if chromium, err = Start(); err != nil {
		return 1, err
	}
	defer func() {
		if e := chromium.Close(); e != nil {
			err = e
		}
	}()
	return m.Run(), nil
}
