. src/cluster-name.sh

check 'joins region and number' "$(cluster_name sddz 7)" 'sddz-e2e-7'
check 'refuses a region with a slash' "$(cluster_name a/b 7 2>/dev/null || echo refused)" 'refused'
check 'refuses a number that is none' "$(cluster_name sddz seven 2>/dev/null || echo refused)" 'refused'
