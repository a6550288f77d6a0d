"""Lines of access logs, as AWS's user guides show them."""

from __future__ import annotations

HTTP = (
    "http 2026-07-02T22:23:00.186641Z app/web/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.000 0.001 0.002 200 404"
    ' 34 366 "GET http://www.example.com:80/a b HTTP/1.1" "curl/7.46.0 "x"" - -'
    ' arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/web/73e2d6bc24d8a067 "Root=1-58337262-36d2" "-"'
    ' "-" 0 2026-07-02T22:22:48.364000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_1234 "new one"'
)
DROPPED = (
    "h2 2026-07-02T22:24:00.186641Z app/web/50dc6c495c0c9188 [2001:db8::1]:2817 - -1 -1 -1 502 - 34 366"
    ' "- http://www.example.com:80- -" "-" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 - "-" "www.example.com" "-" - '
    '2026-07-02T22:24:00.1Z "-" "-" "-" "-" "-" "-" "-"'
)
TLS = (
    "tls 2.0 2026-07-02T22:23:01 net/web/c6e77e28c25b2234 g3d4b5e8bb8464cd 72.21.218.154:51341 172.100.100.185:443 5 2"
    " 98 246 - arn:aws:acm:us-east-2:671290407336:certificate/2a10 - ECDHE-RSA-AES128-SHA tlsv12 -"
    ' web.elb.us-east-2.amazonaws.com h2 h2 "h2","http/1.1" 2026-07-02T22:23:00'
)
CLASSIC_HTTP = (
    "2026-07-02T22:23:02.945958Z web 192.168.131.39:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29"
    ' "GET http://www.example.com:80/ HTTP/1.1" "curl/7.38.0" - -'
)
CLASSIC_TCP = (
    "2026-07-02T22:23:03.945958Z web 192.168.131.39:2817 10.0.0.1:80 0.001069 0.000028 0.000041 - - 82 305"
    ' "- - - " "-" - -'
)
