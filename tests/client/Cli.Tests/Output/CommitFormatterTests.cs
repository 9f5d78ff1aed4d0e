using System.Text;
using Monorepo.Cli.Output;
using Monorepo.Cli.Output.Log;
using Monorepo.Core;
using Monorepo.Testing.Git;
using Monorepo.Workspace.History;

namespace Monorepo.Cli.Tests.Output;

/// <summary>Commits of every oddity, printed by us and by git.</summary>
public sealed class CommitFormatterTests : IDisposable
{
    private const string EmptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

    private readonly string _work = Directory.CreateTempSubdirectory("mr-log-").FullName;

    private readonly CommitLog _empty = CommitLog.Open(Path.Combine(Path.GetTempPath(), "mr-no-such-history"));

    public CommitFormatterTests()
    {
        GitCommand.Run(_work, "init", "-q");
        GitCommand.Run(_work, "hash-object", "-t", "tree", "-w", "/dev/null");
    }

    public void Dispose()
    {
        _empty.Dispose();
        Directory.Delete(_work, recursive: true);
    }

    public static TheoryData<string> Messages =>
    [
        "subject\n",
        "no line feed",
        "",
        "\n\n\nleading blank lines\n\nbody\n\n\n",
        "two lines\nof subject\n\nbody   \n  \nmore\n",
        "tabs\n\n\tx\n1\t2\n12345678\tb\nü\tz\n漢字\tz\n",
        "carriage\r\n\r\nreturn\r\n",
        "trailing spaces   \n\n   indented\n",
        " leading space subject\n",
        "Grüße\n\näöü\n",
        "form feed\f\n\nvertical\v\n\f\nend\n",
    ];

    [Theory]
    [MemberData(nameof(Messages))]
    public void Messages_are_printed_as_git_does(string message) =>
        Compare($"tree {EmptyTree}\nauthor A U Thor <a@example.com> 1112911993 -0730\ncommitter C <c@d> 1112911994 +0000\n\n{message}", Encoding.UTF8);

    [Theory]
    [InlineData("A <a@b> 0 +0000")]
    [InlineData("A  B <a@b> 1700000000 +1245")]
    [InlineData("A <a@b> 1700000000 -0130")]
    [InlineData("A <> 1700000000 +0000")]
    [InlineData("Ünï <ü@b> 1700000000 +0530")]
    [InlineData("A <a@b> 253402300799 +0000")]
    public void Authors_are_printed_as_git_does(string author) =>
        Compare($"tree {EmptyTree}\nauthor {author}\ncommitter C <c@d> 1112911994 +0000\n\nm\n", Encoding.UTF8);

    [Fact]
    public void Other_encodings_are_printed_in_utf8()
    {
        Compare($"tree {EmptyTree}\nauthor Jürgen <j@x> 1700000000 +0100\ncommitter J <j@x> 1700000000 +0100\nencoding ISO-8859-1\n\nGrüße\n\näöü\n", Encoding.Latin1);
    }

    [Fact]
    public void A_merge_names_its_parents()
    {
        string one = Write($"tree {EmptyTree}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\none\n", Encoding.UTF8);
        string two = Write($"tree {EmptyTree}\nauthor A <a@b> 2 +0000\ncommitter A <a@b> 2 +0000\n\ntwo\n", Encoding.UTF8);
        Compare($"tree {EmptyTree}\nparent {one}\nparent {two}\nauthor A <a@b> 3 +0000\ncommitter A <a@b> 3 +0000\n\nmerge\n", Encoding.UTF8);
    }

    private string Write(string body, Encoding encoding) =>
        Encoding.ASCII.GetString(GitCommand.Run(_work, encoding.GetBytes(body), "hash-object", "-t", "commit", "-w", "--stdin", "--literally")).Trim();

    private void Compare(string body, Encoding encoding)
    {
        string id = Write(body, encoding);
        IdAbbreviator whole = new(_empty, ObjectId.HexSize);
        DateFormat dates = new(DateStyle.Default, DateTimeOffset.UnixEpoch);
        (string Name, ILogFormat Format)[] formats =
        [
            ("short", Named(NamedFormatKind.Short)), ("medium", Named(NamedFormatKind.Medium)), ("full", Named(NamedFormatKind.Full)),
            ("fuller", Named(NamedFormatKind.Fuller)), ("oneline", new OneLineFormat(whole, null)),
            ("tformat:%an|%ae|%ad|%cn|%s|%b|%B|%e", TemplateFormat.Parse("%an|%ae|%ad|%cn|%s|%b|%B|%e", endsEntries: true, new TemplateServices(whole, dates, new(() => throw new InvalidOperationException())))),
        ];
        foreach ((string name, ILogFormat format) in formats)
        {
            using MemoryStream ours = new();
            using (OutputStream output = new(ours))
            {
                new LogPrinter(output, format).Print(new LogEntry(ObjectId.Parse(id), Commit.Parse(encoding.GetBytes(body))));
            }

            byte[] gits = GitCommand.Run(_work, "log", "-1", "--no-decorate", "--no-mailmap", "--no-abbrev", $"--pretty={name}", id);
            Assert.Equal(Encoding.UTF8.GetString(gits), Encoding.UTF8.GetString(ours.ToArray()));
        }

        NamedFormat Named(NamedFormatKind kind) => new(kind, whole.Write, whole.Write, dates, null);
    }
}
