using System.Runtime.InteropServices;

namespace Monorepo.Native.Ucx;

// Layouts of UCX 1.13 on x86-64. Later 1.x versions append fields and look at field_mask first, so these stay valid.
// tests/shared/Native.Ucx.Tests compares each of them with what a C compiler says about the installed header.

[StructLayout(LayoutKind.Explicit, Size = 80)]
internal struct UcpParams
{
    internal const ulong FieldFeatures = 1 << 0;
    internal const ulong FieldWorkersShared = 1 << 5;
    internal const ulong FieldEstimatedEndpoints = 1 << 6;
    internal const ulong FeatureWakeup = 1 << 4;
    internal const ulong FeatureActiveMessage = 1 << 6;

    [FieldOffset(0)] internal ulong FieldMask;
    [FieldOffset(8)] internal ulong Features;
    [FieldOffset(48)] internal int WorkersShared;
    [FieldOffset(56)] internal nuint EstimatedEndpoints;
}

[StructLayout(LayoutKind.Explicit, Size = 200)]
internal struct UcpWorkerParams
{
    internal const ulong FieldThreadMode = 1 << 0;
    internal const int ThreadModeSingle = 0;

    [FieldOffset(0)] internal ulong FieldMask;
    [FieldOffset(8)] internal int ThreadMode;
}

[StructLayout(LayoutKind.Explicit, Size = 80)]
internal struct UcpWorkerAttr
{
    internal const ulong FieldMaxAmHeader = 1 << 3;

    [FieldOffset(0)] internal ulong FieldMask;
    [FieldOffset(32)] internal nuint MaxAmHeader;
}

/// <summary>ucs_sock_addr_t.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal unsafe struct UcsSockAddr
{
    [FieldOffset(0)] internal void* Address;
    [FieldOffset(8)] internal uint Length;
}

[StructLayout(LayoutKind.Explicit, Size = 56)]
internal unsafe struct UcpListenerParams
{
    internal const ulong FieldSockAddr = 1 << 0;
    internal const ulong FieldConnectionHandler = 1 << 2;

    [FieldOffset(0)] internal ulong FieldMask;
    [FieldOffset(8)] internal UcsSockAddr SockAddr;
    [FieldOffset(40)] internal delegate* unmanaged[Cdecl]<nint, void*, void> ConnectionHandler;
    [FieldOffset(48)] internal void* ConnectionArgument;
}

[StructLayout(LayoutKind.Explicit, Size = 136)]
internal unsafe struct UcpListenerAttr
{
    internal const ulong FieldSockAddr = 1 << 0;
    internal const int SockAddrBytes = 128;

    [FieldOffset(0)] internal ulong FieldMask;
    [FieldOffset(8)] internal fixed byte SockAddr[SockAddrBytes];
}

[StructLayout(LayoutKind.Explicit, Size = 104)]
internal unsafe struct UcpEpParams
{
    internal const ulong FieldErrorMode = 1 << 1;
    internal const ulong FieldErrorHandler = 1 << 2;
    internal const ulong FieldSockAddr = 1 << 4;
    internal const ulong FieldFlags = 1 << 5;
    internal const ulong FieldConnectionRequest = 1 << 6;
    internal const uint FlagClientServer = 1;
    internal const int ErrorModePeer = 1;

    [FieldOffset(0)] internal ulong FieldMask;
    [FieldOffset(16)] internal int ErrorMode;
    [FieldOffset(24)] internal delegate* unmanaged[Cdecl]<void*, nint, sbyte, void> ErrorHandler;
    [FieldOffset(32)] internal void* ErrorArgument;
    [FieldOffset(48)] internal uint Flags;
    [FieldOffset(56)] internal UcsSockAddr SockAddr;
    [FieldOffset(72)] internal nint ConnectionRequest;
}

[StructLayout(LayoutKind.Explicit, Size = 72)]
internal unsafe struct UcpRequestParam
{
    internal const uint FieldCallback = 1 << 1;
    internal const uint FieldUserData = 1 << 2;
    internal const uint FieldDatatype = 1 << 3;
    internal const uint FieldFlags = 1 << 4;
    internal const uint FieldMemoryHandle = 1 << 8;
    internal const uint SendFlagReply = 1;
    internal const uint SendFlagEager = 2;
    internal const uint SendFlagRendezvous = 4;
    internal const uint CloseFlagForce = 1;

    /// <summary>ucp_dt_make_contig(1).</summary>
    internal const ulong DatatypeBytes = 8;

    /// <summary>ucp_dt_make_iov().</summary>
    internal const ulong DatatypeIov = 2;

    [FieldOffset(0)] internal uint AttributeMask;
    [FieldOffset(4)] internal uint Flags;
    [FieldOffset(8)] internal nint Request;
    [FieldOffset(16)] internal void* Callback;
    [FieldOffset(24)] internal ulong Datatype;
    [FieldOffset(32)] internal void* UserData;
    [FieldOffset(64)] internal nint MemoryHandle;
}

[StructLayout(LayoutKind.Explicit, Size = 32)]
internal unsafe struct UcpAmHandlerParam
{
    internal const ulong FieldId = 1 << 0;
    internal const ulong FieldFlags = 1 << 1;
    internal const ulong FieldCallback = 1 << 2;
    internal const ulong FieldArgument = 1 << 3;
    internal const uint FlagWholeMessage = 1;

    [FieldOffset(0)] internal ulong FieldMask;
    [FieldOffset(8)] internal uint Id;
    [FieldOffset(12)] internal uint Flags;
    [FieldOffset(16)] internal delegate* unmanaged[Cdecl]<void*, void*, nuint, void*, nuint, UcpAmRecvParam*, sbyte> Callback;
    [FieldOffset(24)] internal void* Argument;
}

[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct UcpAmRecvParam
{
    internal const ulong FieldReplyEndpoint = 1 << 0;
    internal const ulong FlagRendezvous = 1 << 17;

    [FieldOffset(0)] internal ulong Attributes;
    [FieldOffset(8)] internal nint ReplyEndpoint;
}

[StructLayout(LayoutKind.Explicit, Size = 40)]
internal unsafe struct UcpMemMapParams
{
    internal const ulong FieldAddress = 1 << 0;
    internal const ulong FieldLength = 1 << 1;

    [FieldOffset(0)] internal ulong FieldMask;
    [FieldOffset(8)] internal void* Address;
    [FieldOffset(16)] internal nuint Length;
}
