// SPDX-License-Identifier: GPL-2.0
#include "udp.h"

#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "packet.h"

#define BATCH	64	/* datagrams read before the timer has its turn */

/* On any error, such as one that a peer's ICMP has caused: there is nothing to read now. */
static int on_input(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	/* Aligned for the header; one byte more tells what is too long. */
	static _Alignas(8) u8 buf[VIGIL_WIRE_MAX_PACKET + 1];
	struct witness *w = data;

	for (int i = 0; i < BATCH; i++) {
		union config_address from = { 0 };
		socklen_t size = sizeof(from);
		ssize_t len = recvfrom(fd, buf, sizeof(buf), MSG_DONTWAIT, &from.sa, &size);

		if (len < 0)
			break;
		packet_receive(w, &from, buf, (size_t)len);
	}
	return 0;
}

static int set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) ? -errno : 0;
}

static int prepare(int fd, int family)
{
	if (family == AF_INET)
		return set(fd, IPPROTO_IP, IP_TOS, IPTOS_CLASS_CS6) ?:
		       set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
	return set(fd, IPPROTO_IPV6, IPV6_TCLASS, IPTOS_CLASS_CS6) ?:
	       set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
}

static int open_one(struct witness *w, int slot)
{
	union config_address any = { .sa.sa_family = slot ? AF_INET6 : AF_INET };
	socklen_t size = slot ? sizeof(any.in6) : sizeof(any.in);
	int fd, rc;

	/* The port is at the same place in both. */
	any.in.sin_port = htons(w->config->port);
	fd = socket(any.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	w->sock[slot] = fd;
	rc = fd < 0 ? -errno : prepare(fd, any.sa.sa_family);
	if (!rc && bind(fd, &any.sa, size))
		rc = -errno;
	if (!rc)
		rc = sd_event_add_io(w->event, &w->io[slot], fd, EPOLLIN, on_input, w);
	if (rc < 0)
		log_error("UDP port %u, IPv%d: %s", w->config->port, slot ? 6 : 4, strerror(-rc));
	return rc < 0 ? rc : 0;
}

int udp_open(struct witness *w)
{
	const struct config_node *own = &w->config->node[w->config->self];
	int rc = 0;

	for (unsigned int i = 0; i < own->n_addresses && !rc; i++) {
		int slot = own->address[i].sa.sa_family == AF_INET6;

		if (w->sock[slot] < 0)
			rc = open_one(w, slot);
	}
	return rc;
}

void udp_close(struct witness *w)
{
	for (int slot = 0; slot < 2; slot++) {
		sd_event_source_disable_unref(w->io[slot]);
		if (w->sock[slot] >= 0)
			close(w->sock[slot]);
		w->sock[slot] = -1;
		w->io[slot] = NULL;
	}
}

/* The sender's address: that of our end of the link, whatever the route would choose. */
static void choose_source(struct msghdr *msg, const union config_address *own)
{
	struct cmsghdr *c = msg->msg_control;

	if (own->sa.sa_family == AF_INET) {
		struct in_pktinfo info = { .ipi_spec_dst = own->in.sin_addr };

		c->cmsg_level = IPPROTO_IP;
		c->cmsg_type = IP_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(c), &info, sizeof(info));
		msg->msg_controllen = CMSG_SPACE(sizeof(info));
	} else {
		struct in6_pktinfo info = { .ipi6_addr = own->in6.sin6_addr };

		c->cmsg_level = IPPROTO_IPV6;
		c->cmsg_type = IPV6_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(c), &info, sizeof(info));
		msg->msg_controllen = CMSG_SPACE(sizeof(info));
	}
}

static bool send_link(struct witness *w, const union config_address *own,
		      const union config_address *peer, const void *data, size_t len)
{
	_Alignas(struct cmsghdr) u8 control[CMSG_SPACE(sizeof(struct in6_pktinfo))] = { 0 };
	struct iovec iov = { .iov_base = (void *)data, .iov_len = len };
	union config_address to = *peer;
	bool v6 = to.sa.sa_family == AF_INET6;
	struct msghdr msg = {
		.msg_name = &to,
		.msg_namelen = v6 ? sizeof(to.in6) : sizeof(to.in),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
	};

	to.in.sin_port = htons(w->config->port);
	choose_source(&msg, own);
	return sendmsg(w->sock[v6], &msg, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)len;
}

void udp_send(struct witness *w, u16 node, const void *data, size_t len)
{
	const struct config_node *own = &w->config->node[w->config->self], *peer;
	int at = config_find_id(w->config, node);

	if (at < 0)
		return;
	peer = &w->config->node[at];
	for (unsigned int i = 0; i < own->n_addresses && i < peer->n_addresses; i++) {
		if (send_link(w, &own->address[i], &peer->address[i], data, len))
			w->tx++;
		else
			w->tx_errors++;
	}
}
