package main

import (
	"fmt"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// sizes are how much of everything there is.
type sizes struct{ users, orgs int }

func (s sizes) projects() int { return projectsEach * s.orgs }

// What every size has in common. A tenth of all users is in the first
// organization; the others are spread evenly over the rest.
const (
	projectsEach = 5  // of an organization
	projectsMore = 45 // of the first one, beside those
	rolesEach    = 10 // of a project
	eventsEach   = 3  // of a user, and as many authorizations
)

// Ids look as the real ones do, and tell what they are of.
func orgID(n int) string          { return fmt.Sprintf("1%017d", n) }
func userID(n int) string         { return fmt.Sprintf("2%017d", n) }
func projectID(n int) string      { return fmt.Sprintf("3%017d", n) }
func grantID(org int) string      { return fmt.Sprintf("40%016d", org) } // of the first project
func firstProject(org int) int    { return (org-1)*projectsEach + 1 }
func userNumber(n, users int) int { return n * 7919 % nameModulus(users) }

// The names of one service user and one human of the large organization.
func userName(users int) string { return fmt.Sprintf("svc-%d", userNumber(500, users)) }

func personName(users int) string {
	return fmt.Sprintf("person-%d@example.com", userNumber(530, users))
}

// nameModulus is a prime above the number of users, so that names are unique and
// stand in another order than ids and times of creation.
func nameModulus(users int) int {
	n := users + 1
	for {
		prime := n%7919 != 0
		for d := 2; d*d <= n && prime; d++ {
			prime = n%d != 0
		}
		if prime {
			return n
		}
		n++
	}
}

// caller is how far somebody who asks for a list reaches.
type caller struct {
	name  string
	reach iam.Reach
}

// The callers. Of what the first API is asked in an organization's context, the
// reach is that organization alone; in the second it is the caller itself too.
const (
	small  = 500 // the number of some organization with a thousandth of the users
	nobody = "290000000000000000"
)

func everywhere() caller { return caller{"instance", iam.Reach{All: true}} }
func inLarge() caller    { return caller{"large org, v1", iam.Reach{OrgIDs: []string{orgID(1)}}} }
func inSmall() caller    { return caller{"small org, v1", iam.Reach{OrgIDs: []string{orgID(small)}}} }

func ownerOfLarge() caller {
	return caller{"large org, v2", iam.Reach{OrgIDs: []string{orgID(1)}, UserID: userID(10)}}
}

func ownerOfSmall() caller {
	return caller{"small org, v2", iam.Reach{OrgIDs: []string{orgID(small)}, UserID: userID(11)}}
}

func managerOfProject() caller {
	return caller{"one project, v2", iam.Reach{ProjectIDs: []string{projectID(1)}, UserID: userID(12)}}
}

func ownerOfSeveral() caller {
	return caller{"three orgs, v2", iam.Reach{OrgIDs: []string{orgID(1), orgID(small), orgID(small + 1)}, UserID: userID(13)}}
}
