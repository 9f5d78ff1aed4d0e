using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Monorepo.Native.RocksDb;

/// <summary>
/// Finds and checks the system's librocksdb. The C API changes its signatures between major versions, so only the
/// line that the binding was written against is accepted: 7.x, from 7.8 on.
/// </summary>
public static class RocksDbLibrary
{
    /// <summary>The name the imports carry; it never reaches the dynamic linker as it is.</summary>
    internal const string ImportName = "rocksdb";

    /// <summary>The Debian package that holds the library.</summary>
    public const string PackageName = "librocksdb7.8";

    /// <summary>The oldest version accepted; a newer one must have the same major number.</summary>
    public static readonly Version VersionMin = new(7, 8);

    private static readonly string[] s_names = ["librocksdb.so.7.8", "librocksdb.so.7", "librocksdb.so"];

    /// <summary>The entry points that came last into the C API; a library without them is too old whatever its name says.</summary>
    private static readonly string[] s_exportsRequired =
    [
        "rocksdb_batched_multi_get_cf",
        "rocksdb_cache_create_lru_with_strict_capacity_limit",
        "rocksdb_options_set_blob_file_starting_level",
        "rocksdb_options_set_prepopulate_blob_cache",
    ];

    private static readonly Lazy<nint> s_library = new(static () => Load(s_names));

    /// <summary>Loads the library if it is not loaded yet.</summary>
    /// <exception cref="DllNotFoundException">It is absent or of another version; the message names the package to install.</exception>
    public static void EnsureLoaded() => _ = s_library.Value;

    internal static nint Resolve(string libraryName, Assembly assembly, DllImportSearchPath? searchPath) =>
        string.Equals(libraryName, ImportName, StringComparison.Ordinal) ? s_library.Value : 0;

    internal static nint Load(IReadOnlyList<string> names)
    {
        List<string> refusals = [];
        foreach (string name in names)
        {
            if (!NativeLibrary.TryLoad(name, out nint library))
            {
                refusals.Add($"{name} (not found)");
                continue;
            }

            string? refusal = FindRefusal(library);
            if (refusal is null)
                return library;

            refusals.Add($"{name} ({refusal})");
            NativeLibrary.Free(library);
        }

        throw new DllNotFoundException(
            $"RocksDB {VersionMin} or newer of the same major version is needed. Install the package {PackageName}. Tried: {string.Join(", ", refusals)}.");
    }

    /// <summary>Reads the version from a library's file name: <c>librocksdb.so.7.8.3</c> is 7.8.3; null when the name carries none.</summary>
    internal static Version? ParseFileVersion(string path)
    {
        const string marker = ".so.";
        int start = path.LastIndexOf(marker, StringComparison.Ordinal);
        if (start < 0)
            return null;

        string digits = path[(start + marker.Length)..];
        if (!digits.Contains('.', StringComparison.Ordinal))
            digits += ".0";
        return Version.TryParse(digits, out Version? version) ? version : null;
    }

    private static string? FindRefusal(nint library)
    {
        foreach (string export in s_exportsRequired)
        {
            if (!NativeLibrary.TryGetExport(library, export, out _))
                return $"lacks {export}";
        }

        // The C API has no version call. The dynamic linker maps the real file behind the symbolic links, whose name carries it.
        Version? version = FindMappedFile(NativeLibrary.GetExport(library, s_exportsRequired[0])) is { } path ? ParseFileVersion(path) : null;
        bool accepted = version is null || (version.Major == VersionMin.Major && version >= VersionMin);
        return accepted ? null : $"is version {version}";
    }

    private static string? FindMappedFile(nint address)
    {
        const string maps = "/proc/self/maps";
        if (!File.Exists(maps))
            return null;

        foreach (string line in File.ReadLines(maps))
        {
            // Format: 7f10a0000000-7f10a0200000 r-xp 00000000 08:01 1234    /path/of/file
            int dash = line.IndexOf('-', StringComparison.Ordinal);
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            int slash = line.IndexOf('/', StringComparison.Ordinal);
            if (dash < 0 || space < dash || slash < 0)
                continue;
            if (nint.TryParse(line.AsSpan(0, dash), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out nint start)
                && nint.TryParse(line.AsSpan(dash + 1, space - dash - 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out nint end)
                && address >= start && address < end)
            {
                return line[slash..];
            }
        }

        return null;
    }
}
