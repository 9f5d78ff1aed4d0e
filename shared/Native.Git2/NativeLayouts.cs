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

/// <summary><c>git_merge_file_input</c>, version 1.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeMergeFileInput
{
    public uint Version;
    public byte* Content;
    public nuint Length;
    public byte* Path;
    public uint Mode;
}

/// <summary><c>git_merge_file_options</c>, version 1.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeMergeFileOptions
{
    public uint Version;
    public byte* AncestorLabel;
    public byte* OurLabel;
    public byte* TheirLabel;
    public int Favor;
    public uint Flags;
    public ushort MarkerSize;
}

/// <summary><c>git_merge_file_result</c>; <c>git_merge_file_result_free</c> frees what it points to.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeMergeFileResult
{
    public uint IsAutomergeable;
    public byte* Path;
    public uint Mode;
    public byte* Content;
    public nuint Length;
}
