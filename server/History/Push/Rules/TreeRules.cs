using System.Text;
using Monorepo.Core;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.History.Push.Rules;

/// <summary>
/// What a tree must be to be pushed: what <c>git fsck --strict</c> asks, but for one mode of early git (100664), which directories
/// of old histories still hold and a change beside it carries along.
/// </summary>
internal static class TreeRules
{
    /// <exception cref="MalformedObjectException">The first thing that is wrong.</exception>
    public static void Check(ReadOnlySpan<byte> body)
    {
        TreeReader.Validate(body);

        // Files whose name is a prefix of all names since: only they can come again, as a directory that sorts behind "name.x".
        List<Range>? files = null;
        TreeReader reader = new(body);
        for (int start = 0; reader.MoveNext(); start = reader.OffsetBytes)
        {
            TreeEntry entry = reader.Current;
            CheckMode(body, start, entry.Mode);
            if (entry.Id.IsNull)
            {
                throw Bad(MalformedReason.BadId, start, $"'{Show(entry.Name)}' names the null id");
            }

            if (ReservedNames.IsReserved(entry.Name))
            {
                throw Bad(MalformedReason.BadName, start, $"the name '{Show(entry.Name)}' is not allowed: on some file system it is '.', '..' or '.git'");
            }

            if (entry.Mode.Kind() == EntryKind.SymbolicLink && ReservedNames.IsOnHfs(entry.Name, "gitmodules"u8))
            {
                throw Bad(MalformedReason.BadMode, start, ".gitmodules is a symbolic link");
            }

            while (files is [.., Range last] && !entry.Name.StartsWith(body[last]))
            {
                files.RemoveAt(files.Count - 1);
            }

            if (!entry.Mode.IsDirectory())
            {
                int end = reader.OffsetBytes - ObjectId.Size - 1;
                (files ??= []).Add((end - entry.Name.Length)..end);
            }
            else if (files is [.., Range file] && body[file].Length == entry.Name.Length)
            {
                throw Bad(MalformedReason.BadOrder, start, $"'{Show(entry.Name)}' is a file and a directory");
            }
        }
    }

    private static void CheckMode(ReadOnlySpan<byte> body, int start, FileMode mode)
    {
        if (body[start] == '0')
        {
            throw Bad(MalformedReason.BadMode, start, "a mode starts with a zero");
        }

        if (mode is not (FileMode.Directory or FileMode.Regular or FileMode.GroupWritable or FileMode.Executable or FileMode.SymbolicLink or FileMode.Submodule))
        {
            throw Bad(MalformedReason.BadMode, start, $"{mode.ToOctal()} is no mode of git's");
        }
    }

    private static string Show(ReadOnlySpan<byte> name) => Encoding.UTF8.GetString(name);

    private static MalformedObjectException Bad(MalformedReason reason, int at, string message) => new(ObjectKind.Tree, reason, at, message);
}
