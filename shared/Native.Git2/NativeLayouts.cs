using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace Monorepo.Native.Git2;

/// <summary><c>git_error</c>: message first, class second.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeError
{
    public byte* Message;
    public int Class;
}

/// <summary><c>git_diff_options</c>, version 1.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeDiffOptions
{
    public uint Version;
    public uint Flags;
    public int IgnoreSubmodules;
    public byte** PathspecStrings;
    public nuint PathspecCount;
    public void* NotifyCallback;
    public void* ProgressCallback;
    public void* Payload;
    public uint ContextLines;
    public uint InterHunkLines;
    public ushort IdAbbreviation;
    public long SizeBytesMax;
    public byte* OldPrefix;
    public byte* NewPrefix;
}

/// <summary><c>git_diff_hunk</c>; the header text holds at most 128 bytes including its newline.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeDiffHunk
{
    public int OldStart;
    public int OldLines;
    public int NewStart;
    public int NewLines;
    public nuint HeaderLength;
    public fixed byte Header[128];
}

/// <summary><c>git_diff_line</c>; the content points into the compared buffers, except for the end-of-file notes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeDiffLine
{
    public byte Origin;
    public int OldLineNumber;
    public int NewLineNumber;
    public int LineCount;
    public nuint ContentLength;
    public long ContentOffset;
    public byte* Content;
}

/// <summary>The beginning of <c>git_odb_backend</c>, up to the one function that we call.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeOdbBackend
{
    public uint Version;
    public nint Odb;

    /// <summary>Gives a buffer that <c>git_odb_backend_data_free</c> frees, its length and its kind.</summary>
    public delegate* unmanaged[Cdecl]<void**, nuint*, int*, nint, byte*, int> Read;
}
