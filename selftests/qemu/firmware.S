/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The firmware of a guest's guest, and all that this runs. It idles, and does what a byte on
 * its serial line says: 'p' panic, 'm' panic by memory (pvpanic-pci in slot 5, where there is
 * PCI), 'h' hang, 't' triple fault.
 *
 * Real mode. The last 64 KiB below 4 GiB, where a processor starts, are seen from
 * f000:0000 on as well.
 */
	.code16
	.set	SERIAL, 0x3f8
	.set	PIC, 0x20
	.set	VECTOR, 0x24		/* of interrupt 4, the serial line's */
	.set	PVPANIC, 0x505
	.set	PVPANIC_PCI, 0x80002800	/* configuration of slot 5 */
	.set	PVPANIC_AT, 0xfe000000
	.set	APIC, 0xfee00000

	.text
	.globl	_start
_start:	xor	%ax, %ax
	mov	%ax, %ds
	mov	%ax, %ss
	mov	$0x7000, %sp
	/* What the PIC says goes through the local APIC, which is far up. */
	lgdtw	%cs:gdt_size
	mov	%cr0, %eax
	inc	%ax
	mov	%eax, %cr0
	mov	$8, %bx
	mov	%bx, %ds
	dec	%ax
	mov	%eax, %cr0
	mov	$APIC, %ebx
	movl	$0x1ff, 0xf0(%ebx)
	movl	$0x700, 0x350(%ebx)
	xor	%ax, %ax
	mov	%ax, %ds		/* and still reaches all memory */
	mov	$PVPANIC_PCI + 0x10, %eax
	mov	$PVPANIC_AT, %ecx
	call	configure
	mov	$PVPANIC_PCI + 0x04, %eax
	mov	$0x02, %ecx		/* it answers in memory */
	call	configure
	movw	$on_byte, VECTOR * 4
	mov	%cs, VECTOR * 4 + 2
	mov	$0x11, %al
	out	%al, $PIC
	mov	$0x20, %al		/* vectors from there on */
	out	%al, $PIC + 1
	mov	$0x04, %al
	out	%al, $PIC + 1
	mov	$0x01, %al
	out	%al, $PIC + 1
	mov	$0xef, %al		/* all are masked but 4 */
	out	%al, $PIC + 1
	mov	$SERIAL + 1, %dx	/* an interrupt for each byte */
	mov	$0x01, %al
	out	%al, %dx
	mov	$SERIAL + 4, %dx
	mov	$0x08, %al
	out	%al, %dx
	sti
idle:	hlt
	jmp	idle

	/* PCI register %eax becomes %ecx. */
configure:
	mov	$0xcf8, %dx
	out	%eax, %dx
	mov	$0xcfc, %dx
	mov	%ecx, %eax
	out	%eax, %dx
	ret

on_byte:
	mov	$SERIAL, %dx
	in	%dx, %al
	cmp	$'p', %al
	je	panic
	cmp	$'m', %al
	je	panic_memory
	cmp	$'h', %al
	je	hang
	cmp	$'t', %al
	je	triple
done:	mov	$0x20, %al
	out	%al, $PIC
	iret

panic:	mov	$PVPANIC, %dx
	mov	$0x01, %al
	out	%al, %dx
	jmp	done

panic_memory:
	mov	$PVPANIC_AT, %ebx
	movb	$0x01, (%ebx)
	jmp	done

	/* Interrupts are off here. */
hang:	jmp	hang

	/* No exception has a handler. */
triple:	lidtw	%cs:nothing
	int3
nothing:
	.word	0, 0, 0

gdt_size:
	.word	15
	.long	0xf0000 + gdt
gdt:	.quad	0
	.quad	0x00cf93000000ffff	/* all memory, data */

	.org	0xfff0
	ljmp	$0xf000, $_start
	.org	0x10000
