using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Offline;
using Monorepo.Workspace.Sparse;

namespace Monorepo.Workspace.Tests.Offline;

public sealed class OfflineTextTests
{
    private static readonly OfflineDeclaration[] s_declarations =
    [
        new("main", Id(1), Id(2)) { Paths = ["a b/ü", "src"] },
        new("main@{2 days ago}", Id(3), Id(4)) { IsAll = true },
        new("HEAD~1", Id(5), Id(6))
        {
            Paths = ["docs"],
            Sparse = new SparseState(new SparseSettings(["ci/web.sparse"], [new SparseRule(false, SparsePattern.Parse("web/old"))]), [new ProfileFile("ci/web.sparse", "[include]\nweb\n"u8.ToArray())]),
        },
    ];

    [Fact]
    public void Golden_text()
    {
        string expected = $"""
            mr-offline 1
            declare {Id(1)} {Id(2)} main
            path a b/ü
            path src
            declare {Id(3)} {Id(4)} main@{"{2 days ago}"}
            all

            """;
        byte[] text = OfflineText.Format(s_declarations[..2]);
        Assert.StartsWith(expected, Encoding.UTF8.GetString(text), StringComparison.Ordinal);
        Assert.Equal(expected.Length + Encoding.UTF8.GetByteCount("ü") - 1 + "sum 01234567\n".Length, text.Length);
    }

    [Fact]
    public void What_was_written_is_read()
    {
        IReadOnlyList<OfflineDeclaration> read = OfflineText.Parse("declared", OfflineText.Format(s_declarations));
        Assert.Equal(s_declarations.Select(static d => (d.Revision, d.Commit, d.Tree, d.IsAll)), read.Select(static d => (d.Revision, d.Commit, d.Tree, d.IsAll)));
        Assert.Equal(s_declarations.Select(static d => string.Join('|', d.Paths)), read.Select(static d => string.Join('|', d.Paths)));
        Assert.Equal(s_declarations.Select(static d => d.Sparse?.Id), read.Select(static d => d.Sparse?.Id));
        Assert.True(read[2].Rules.Includes("web/new/x"u8));
        Assert.True(read[2].Rules.Includes("docs/x"u8));
        Assert.False(read[2].Rules.Includes("web/old/x"u8));
    }

    [Fact]
    public void Every_truncation_and_every_flipped_bit_is_refused()
    {
        byte[] text = OfflineText.Format(s_declarations);
        for (int length = 0; length < text.Length; length++)
        {
            Assert.Throws<CorruptHistoryException>(() => OfflineText.Parse("declared", text[..length]));
            byte[] flipped = [.. text];
            flipped[length] ^= 1;
            Assert.Throws<CorruptHistoryException>(() => OfflineText.Parse("declared", flipped));
        }
    }

    private static ObjectId Id(int number) => ObjectHasher.Hash(ObjectKind.Blob, [(byte)number]);
}
