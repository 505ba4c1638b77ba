# cluster_name REGION NUMBER: the name of a test cluster, as `sddz-e2e-7`.
cluster_name() {
	case "$1" in
	*[!a-z0-9]* | '') echo "cluster_name: bad region '$1'" >&2; return 2 ;;
	esac
	case "$2" in
	*[!0-9]* | '') echo "cluster_name: bad number '$2'" >&2; return 2 ;;
	esac
	printf '%s-e2e-%s\n' "$1" "$2"
}
