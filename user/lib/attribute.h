/* SPDX-License-Identifier: GPL-2.0 */
/* Names of netlink attributes, for complaints about them. */
#ifndef _VIGIL_ATTRIBUTE_H
#define _VIGIL_ATTRIBUTE_H

/* The spec's name of attribute @type in requests of operation @cmd, or NULL. */
const char *vnl_attribute_name(unsigned char cmd, unsigned int type);

#endif
