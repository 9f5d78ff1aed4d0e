using System.Runtime.InteropServices;

namespace Monorepo.Native.Git2;

/// <summary>The functions of libgit2 that we call, under their C names.</summary>
internal static unsafe partial class NativeMethods
{
    internal const string Library = "git2";

    static NativeMethods() => NativeLibrary.SetDllImportResolver(typeof(NativeMethods).Assembly, Git2Resolver.Resolve);

    [LibraryImport(Library)]
    internal static partial int git_libgit2_init();

    [LibraryImport(Library)]
    internal static partial int git_libgit2_shutdown();

    [LibraryImport(Library)]
    internal static partial int git_libgit2_version(int* major, int* minor, int* revision);

    [LibraryImport(Library)]
    internal static partial NativeError* git_error_last();

    [LibraryImport(Library)]
    internal static partial void git_error_clear();

    [LibraryImport(Library)]
    internal static partial int git_odb_new(nint* odb);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int git_odb_backend_pack(nint* backend, string objectsDirectory);

    [LibraryImport(Library)]
    internal static partial int git_odb_add_backend(OdbHandle odb, nint backend, int priority);

    [LibraryImport(Library)]
    internal static partial void git_odb_free(nint odb);

    [LibraryImport(Library)]
    internal static partial int git_odb_read(nint* odbObject, OdbHandle odb, byte* id);

    [LibraryImport(Library)]
    internal static partial int git_odb_read_header(nuint* length, int* kind, OdbHandle odb, byte* id);

    [LibraryImport(Library)]
    internal static partial int git_odb_exists(OdbHandle odb, byte* id);

    [LibraryImport(Library)]
    internal static partial int git_odb_refresh(OdbHandle odb);

    [LibraryImport(Library)]
    internal static partial void git_odb_backend_data_free(nint backend, void* data);

    [LibraryImport(Library)]
    internal static partial void git_odb_object_free(nint odbObject);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial byte* git_odb_object_data(nint odbObject);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial nuint git_odb_object_size(nint odbObject);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int git_odb_object_type(nint odbObject);

    [LibraryImport(Library)]
    internal static partial int git_diff_options_init(NativeDiffOptions* options, uint version);

    [LibraryImport(Library)]
    internal static partial int git_patch_from_buffers(
        nint* patch, byte* oldBuffer, nuint oldLength, byte* oldPath, byte* newBuffer, nuint newLength, byte* newPath, NativeDiffOptions* options);

    [LibraryImport(Library)]
    internal static partial void git_patch_free(nint patch);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial nuint git_patch_num_hunks(nint patch);

    [LibraryImport(Library)]
    internal static partial int git_patch_line_stats(nuint* context, nuint* added, nuint* deleted, PatchHandle patch);

    // The two accessors below index an array; no transition is worth its cost, one call is made for every line.
    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int git_patch_get_hunk(NativeDiffHunk** hunk, nuint* lineCount, nint patch, nuint hunkIndex);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int git_patch_get_line_in_hunk(NativeDiffLine** line, nint patch, nuint hunkIndex, nuint lineIndex);

    [LibraryImport(Library)]
    internal static partial int git_merge_file_options_init(NativeMergeFileOptions* options, uint version);

    [LibraryImport(Library)]
    internal static partial int git_merge_file_input_init(NativeMergeFileInput* input, uint version);

    [LibraryImport(Library)]
    internal static partial int git_merge_file(
        NativeMergeFileResult* result, NativeMergeFileInput* ancestor, NativeMergeFileInput* ours, NativeMergeFileInput* theirs, NativeMergeFileOptions* options);

    [LibraryImport(Library)]
    internal static partial void git_merge_file_result_free(NativeMergeFileResult* result);
}
