package console

import (
	"strconv"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// instancePage is what templates/instance.html shows.
type instancePage struct {
	iam.Instance
	Issuer      string
	Algorithm   string // by which tokens are signed now
	Lifetime    string // of access tokens
	MayManagers bool
	MayActivity bool
}

// instance shows what the deployment is: the addresses that clients need.
func instance(v *visit) error {
	i, err := v.h.Directory.Instance(v.r.Context(), v.caller)
	if err != nil {
		return err
	}
	return v.show(200, "instance", v.text("instance.title"), instancePage{
		Instance: i, Issuer: v.h.Tokens.URL, Algorithm: v.h.Tokens.Keys.Algorithm(v.r.Context()),
		Lifetime: v.lifetime(i.AccessTokenLifetime), MayManagers: v.caller.Can(iam.InstanceMemberRead, iam.Target{}),
		MayActivity: v.caller.Can(iam.EventsRead, iam.Target{}),
	})
}

// lifetime is a duration in the largest unit of which it is a whole number, and more than one.
func (v *visit) lifetime(d time.Duration) string {
	text, unit := "instance.seconds", time.Second
	switch {
	case d%time.Hour == 0 && d > time.Hour:
		text, unit = "instance.hours", time.Hour
	case d%time.Minute == 0 && d > time.Minute:
		text, unit = "instance.minutes", time.Minute
	}
	return v.text(text, strconv.FormatInt(int64(d/unit), 10))
}
