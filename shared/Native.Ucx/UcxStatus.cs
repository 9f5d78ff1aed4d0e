using System.Runtime.InteropServices;

namespace Monorepo.Native.Ucx;

/// <summary><c>ucs_status_t</c>: what a UCX call or operation came to. Negative is failure. Values not named here occur and are passed on as they are.</summary>
#pragma warning disable CA1028 // The library's own width: a packed one-byte enum.
public enum UcxStatus : sbyte
#pragma warning restore CA1028
{
    Ok = 0,

    /// <summary>Started; a completion follows.</summary>
    InProgress = 1,
    NoResource = -2,
    IoError = -3,
    NoMemory = -4,
    InvalidParameter = -5,
    Unreachable = -6,
    InvalidAddress = -7,
    MessageTruncated = -9,

    /// <summary>None of the asked transports or devices exist on this machine.</summary>
    NoDevice = -14,

    /// <summary>The address is taken, or a worker has events to progress before it can be armed.</summary>
    Busy = -15,
    Canceled = -16,
    TimedOut = -20,
    Unsupported = -22,
    Rejected = -23,

    /// <summary>Nobody listens there.</summary>
    NotConnected = -24,

    /// <summary>The peer closed or died. A graceful close by the peer arrives as this or as <see cref="EndpointTimeout"/>.</summary>
    ConnectionReset = -25,
    EndpointTimeout = -80,
}

/// <summary>Questions about a status.</summary>
public static class UcxStatusExtensions
{
    public static bool IsFailure(this UcxStatus status) => (sbyte)status < 0;
}

/// <summary>A UCX call that set something up failed. <see cref="Status"/> says why.</summary>
public sealed class UcxException(string call, UcxStatus status)
    : Exception($"{call} failed: {Describe(status)} ({(int)status}).")
{
    public UcxStatus Status { get; } = status;

    internal static void ThrowIfFailed(sbyte status, string call)
    {
        if (status < 0)
            throw new UcxException(call, (UcxStatus)status);
    }

    private static unsafe string Describe(UcxStatus status) =>
        Marshal.PtrToStringUTF8((nint)NativeMethods.ucs_status_string((sbyte)status)) ?? "unknown status";
}
