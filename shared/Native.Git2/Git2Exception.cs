using System.Runtime.InteropServices;

namespace Monorepo.Native.Git2;

/// <summary>The result codes of libgit2 that its readers can return (<c>git_error_code</c>); others keep their number.</summary>
public enum Git2Status
{
    /// <summary>No error.</summary>
    Ok = 0,

    /// <summary>An error without a code of its own; the class and message say more.</summary>
    Error = -1,

    /// <summary>The object or file is not there.</summary>
    NotFound = -3,

    /// <summary>The name or id is malformed.</summary>
    InvalidSpecification = -12,

    /// <summary>The argument is invalid.</summary>
    Invalid = -21,

    /// <summary>The bytes read do not hash to the id they are stored under.</summary>
    HashMismatch = -33,
}

/// <summary>A libgit2 call failed. <see cref="Status"/> is for decisions, the message is for people.</summary>
public sealed class Git2Exception : Exception
{
    internal Git2Exception(Git2Status status, int errorClass, string message)
        : base(message)
    {
        Status = status;
        ErrorClass = errorClass;
    }

    /// <summary>The code the function returned.</summary>
    public Git2Status Status { get; }

    /// <summary>libgit2's <c>git_error_t</c>: the part of the library that failed; 0 when it left no message.</summary>
    public int ErrorClass { get; }

    /// <summary>The one place where a result code becomes an exception. Must run on the thread that made the call.</summary>
    internal static void ThrowIfFailed(int result, string doing)
    {
        if (result < 0)
            throw FromLastError(result, doing);
    }

    private static unsafe Git2Exception FromLastError(int result, string doing)
    {
        NativeError* error = NativeMethods.git_error_last();
        string? message = error is null ? null : Marshal.PtrToStringUTF8((nint)error->Message);
        int errorClass = error is null ? 0 : error->Class;
        NativeMethods.git_error_clear();
        return new Git2Exception((Git2Status)result, errorClass, $"Could not {doing}: {message ?? "libgit2 gave no reason"} (code {result}).");
    }
}
