package config

import "strings"

// Region is a region of AWS, as the console calls it.
type Region struct {
	Name  string // "eu-central-1"
	Place string // "Frankfurt"
}

// Regions are the regions of AWS. One that is newer than this list is none the worse.
// https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
var Regions = []Region{
	{"us-east-1", "N. Virginia"}, {"us-east-2", "Ohio"}, {"us-west-1", "N. California"}, {"us-west-2", "Oregon"},
	{"ca-central-1", "Canada Central"}, {"ca-west-1", "Calgary"}, {"mx-central-1", "Mexico"}, {"sa-east-1", "São Paulo"},
	{"eu-central-1", "Frankfurt"}, {"eu-central-2", "Zurich"}, {"eu-west-1", "Ireland"}, {"eu-west-2", "London"}, {"eu-west-3", "Paris"},
	{"eu-north-1", "Stockholm"}, {"eu-south-1", "Milan"}, {"eu-south-2", "Spain"}, {"eusc-de-east-1", "Brandenburg"},
	{"il-central-1", "Tel Aviv"}, {"me-south-1", "Bahrain"}, {"me-central-1", "UAE"}, {"af-south-1", "Cape Town"},
	{"ap-south-1", "Mumbai"}, {"ap-south-2", "Hyderabad"}, {"ap-southeast-1", "Singapore"}, {"ap-southeast-2", "Sydney"},
	{"ap-southeast-3", "Jakarta"}, {"ap-southeast-4", "Melbourne"}, {"ap-southeast-5", "Malaysia"}, {"ap-southeast-6", "New Zealand"}, {"ap-southeast-7", "Thailand"},
	{"ap-northeast-1", "Tokyo"}, {"ap-northeast-2", "Seoul"}, {"ap-northeast-3", "Osaka"}, {"ap-east-1", "Hong Kong"}, {"ap-east-2", "Taipei"},
	{"us-gov-east-1", "GovCloud US-East"}, {"us-gov-west-1", "GovCloud US-West"}, {"cn-north-1", "Beijing"}, {"cn-northwest-1", "Ningxia"},
}

// FindRegion is the region that somebody means by its name, its place ("Frankfurt")
// or the line of the console ("Europe (Frankfurt) eu-central-1"). known is false if
// it is only the nearest one, or none, "".
func FindRegion(text string) (r Region, known bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" {
		return Region{}, false
	}
	var names []string
	for _, x := range Regions {
		place := strings.ToLower(x.Place)
		if text == x.Name || text == place || strings.HasSuffix(text, " "+x.Name) || strings.HasPrefix(text, x.Name+" ") || strings.Contains(text, "("+place+")") {
			return x, true
		}
		names = append(names, x.Name, place)
	}
	near := nearest(text, names)
	for _, x := range Regions {
		if near != "" && (near == x.Name || near == strings.ToLower(x.Place)) {
			return x, false
		}
	}
	return Region{}, false
}

// CheckEndpoint says what is wrong with the address of a store, and gives it in one
// form: scheme, host and port.
func CheckEndpoint(v string) (string, error) {
	var c Config
	err := setEndpoint(&c, v)
	return c.Endpoint, err
}

// CheckRegion says whether a region's name has the form that names have at Amazon,
// or at a store of this endpoint.
func CheckRegion(name, endpoint string) error {
	return checkRegion(&Config{Region: name, Endpoint: endpoint})
}

// CheckFolder says whether a prefix can be a folder's.
func CheckFolder(prefix string) error { return checkPrefix(prefix) }

// DefaultFolders are the folders of who renames none.
func DefaultFolders() Folders { return defaultFolders }
