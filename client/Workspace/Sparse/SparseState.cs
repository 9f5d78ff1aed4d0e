using System.Buffers;
using System.Globalization;
using System.Text;
using Monorepo.Core;

namespace Monorepo.Workspace.Sparse;

/// <summary>A profile's file as it was when rules were made of it.</summary>
/// <param name="Path">In the repository.</param>
/// <param name="Content">Its bytes.</param>
public sealed record ProfileFile(string Path, ReadOnlyMemory<byte> Content)
{
    /// <summary>The blob it is in the repository.</summary>
    public ObjectId Id { get; } = ObjectHasher.Hash(ObjectKind.Blob, Content.Span);
}

/// <summary>
/// What a working copy is to have, and what that came to at the commit it was made for: the files of the profiles are kept with it, so that
/// the rules of a working copy are known without the commit's objects. Named by a hash of its text. Immutable. Format in FORMAT.md.
/// </summary>
public sealed class SparseState
{
    private const string Magic = "mr-sparse 1";
    private const int FilesMax = SparseProfiles.FilesMax;

    private readonly byte[] _text;

    /// <param name="settings">Not <see cref="SparseSettings.None"/>.</param>
    /// <param name="files">Every profile that these lead to; empty where nothing is checked out yet.</param>
    /// <exception cref="SparseException">A profile is wrong.</exception>
    public SparseState(SparseSettings settings, IReadOnlyList<ProfileFile> files)
    {
        Settings = settings;
        Files = files;
        Rules = files.Count == 0 && settings.Profiles.Count > 0 ? SparseRules.Everything : SparseProfiles.Compile(settings, files);
        _text = Format();
        Id = ObjectHasher.Hash(ObjectKind.Blob, _text);
    }

    public SparseSettings Settings { get; }

    public IReadOnlyList<ProfileFile> Files { get; }

    /// <summary>What the working copy has.</summary>
    public SparseRules Rules { get; }

    /// <summary>Equal for equal settings and equal profiles.</summary>
    public ObjectId Id { get; }

    public ReadOnlySpan<byte> Text => _text;

    /// <summary>What a clone's working copy has; null: the whole tree. For those who have not opened the clone.</summary>
    /// <exception cref="SparseException"><see cref="SparseError.Damaged"/>.</exception>
    public static SparseState? Find(Clones.ClonePaths clone) => new SparseStore(clone.Sparse).LoadCurrent();

    /// <exception cref="SparseException"><see cref="SparseError.Damaged"/>.</exception>
    public static SparseState Parse(ReadOnlySpan<byte> text)
    {
        List<string> profiles = [];
        List<SparseRule> rules = [];
        List<ProfileFile> files = [];
        if (TakeLine(ref text) != Magic)
        {
            throw Damaged();
        }

        while (!text.IsEmpty)
        {
            string line = TakeLine(ref text);
            string rest = line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..];
            switch (line.AsSpan(0, line.Length - rest.Length))
            {
                case "profile ":
                    profiles.Add(rest);
                    break;
                case "include " or "exclude ":
                    rules.Add(new SparseRule(line[0] == 'i', SparsePattern.Parse(rest)));
                    break;
                case "file " when rest.Split(' ', 2) is [var size, var path] && int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out int bytes)
                    && bytes < text.Length && files.Count < FilesMax:
                    files.Add(new ProfileFile(path, text[..bytes].ToArray()));
                    text = text[(bytes + 1)..];
                    break;
                default:
                    throw Damaged();
            }
        }

        return new SparseState(new SparseSettings(profiles, rules), files);
    }

    private byte[] Format()
    {
        ArrayBufferWriter<byte> text = new();
        Encoding.UTF8.GetBytes(Magic + "\n", text);
        foreach (string profile in Settings.Profiles)
        {
            Encoding.UTF8.GetBytes($"profile {profile}\n", text);
        }

        foreach (SparseRule rule in Settings.Rules)
        {
            Encoding.UTF8.GetBytes($"{(rule.IsInclude ? "include" : "exclude")} {rule.Pattern.Text}\n", text);
        }

        foreach (ProfileFile file in Files)
        {
            Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"file {file.Content.Length} {file.Path}\n"), text);
            text.Write(file.Content.Span);
            text.Write("\n"u8);
        }

        return text.WrittenSpan.ToArray();
    }

    private static string TakeLine(ref ReadOnlySpan<byte> text)
    {
        int end = text.IndexOf((byte)'\n');
        if (end < 0)
        {
            throw Damaged();
        }

        string line = Encoding.UTF8.GetString(text[..end]);
        text = text[(end + 1)..];
        return line;
    }

    private static SparseException Damaged() => new(SparseError.Damaged, "The record of this clone's sparse rules is damaged.");
}
