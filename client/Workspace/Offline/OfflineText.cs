using System.Globalization;
using System.Text;
using Monorepo.Core;
using Monorepo.Formats;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Sparse;

namespace Monorepo.Workspace.Offline;

/// <summary>Declarations as a file. Layout in FORMAT.md.</summary>
internal static class OfflineText
{
    private const string Magic = "mr-offline 1";

    public static byte[] Format(IEnumerable<OfflineDeclaration> declarations)
    {
        StringBuilder text = new(Magic + "\n");
        foreach (OfflineDeclaration declaration in declarations)
        {
            text.Append(CultureInfo.InvariantCulture, $"declare {declaration.Commit} {declaration.Tree} {declaration.Revision}\n");
            text.Append(declaration.IsAll ? "all\n" : "");
            foreach (string path in declaration.Paths)
            {
                text.Append(CultureInfo.InvariantCulture, $"path {path}\n");
            }

            if (declaration.Sparse is { } sparse)
            {
                text.Append(CultureInfo.InvariantCulture, $"sparse {Convert.ToBase64String(sparse.Text)}\n");
            }
        }

        byte[] body = Encoding.UTF8.GetBytes(text.ToString());
        return [.. body, .. Sum(body)];
    }

    /// <exception cref="CorruptHistoryException">It is damaged, or of another version.</exception>
    public static IReadOnlyList<OfflineDeclaration> Parse(string path, byte[] bytes)
    {
        int sum = bytes.AsSpan().LastIndexOf("sum "u8);
        try
        {
            return sum > 0 && bytes.AsSpan(sum).SequenceEqual(Sum(bytes.AsSpan(0, sum)))
                ? Parse(Encoding.UTF8.GetString(bytes, 0, sum).Split('\n', StringSplitOptions.RemoveEmptyEntries))
                : throw new FormatException();
        }
        catch (Exception e) when (e is FormatException or SparseException)
        {
            throw new CorruptHistoryException($"'{path}' is damaged, or another version of mr wrote it. Remove it and declare again what must work offline: nothing else is in it.", e);
        }
    }

    private static List<OfflineDeclaration> Parse(string[] lines)
    {
        List<OfflineDeclaration> declarations = [];
        if (lines is not [Magic, ..])
        {
            throw new FormatException();
        }

        foreach (string line in lines.Skip(1))
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            (string key, string value) = space < 0 ? (line, "") : (line[..space], line[(space + 1)..]);
            if (key == "declare")
            {
                declarations.Add(value.Split(' ', 3) is [var commit, var tree, var revision]
                    ? new OfflineDeclaration(revision, ObjectId.Parse(commit), ObjectId.Parse(tree))
                    : throw new FormatException());
                continue;
            }

            OfflineDeclaration last = declarations.Count > 0 ? declarations[^1] : throw new FormatException();
            declarations[^1] = key switch
            {
                "all" => last with { IsAll = true },
                "path" => last with { Paths = [.. last.Paths, value] },
                "sparse" => last with { Sparse = SparseState.Parse(Convert.FromBase64String(value)) },
                _ => throw new FormatException(),
            };
        }

        return declarations;
    }

    private static byte[] Sum(ReadOnlySpan<byte> text) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"sum {Checksum.Compute(text):x8}\n"));
}
