using System.Globalization;
using System.Text;

namespace Monorepo.Cli.Tests.Commands;

/// <summary>A fast-import stream of a history as no one writes it, with everything that makes logs hard.</summary>
internal static class Tangle
{
    private const int Branches = 9;

    private static readonly string[] s_people = ["Ann Author <ann@example.com>", "Bob <bob@x>", "Grüße Ü <gruss@example.com>", "ann other <ANN@example.com>"];

    private static readonly string[] s_messages =
    [
        "Fix the frobnicator", "Fix a+b (again)\n\nBecause of #12.\nReviewed-by: Bob", "two lines\nof subject\n\nbody\ttab\n\n\n", "\n\n  leading\n\ntext \n",
        "ünïcode süß\n\n漢字\tz\n", "", "fix\r\n\r\ncarriage\r\n", "Merge of sorts\v\n\nend\f\n",
    ];

    public static string Generate(int seed, int commits)
    {
        Random random = new(seed);
        StringBuilder stream = new();
        Dictionary<string, int> tips = new(StringComparer.Ordinal);
        long time = 1_500_000_000;
        for (int i = 1; i <= commits; i++)
        {
            string branch = i == 1 || random.Next(3) == 0 ? "main" : string.Create(CultureInfo.InvariantCulture, $"topic/{random.Next(Branches)}");

            // Runs of equal times, and clocks that are wrong now and then.
            time += random.Next(8) switch { 0 or 1 => 0, 2 => -300, 3 => -50_000, _ => 7_000 };
            string who = s_people[random.Next(s_people.Length)];
            string author = s_people[random.Next(s_people.Length)];
            byte[] message = Encoding.UTF8.GetBytes(s_messages[random.Next(s_messages.Length)]);
            stream.Append(CultureInfo.InvariantCulture, $"commit refs/heads/{branch}\nmark :{i}\nauthor {author} {time - random.Next(5000)} -0330\ncommitter {who} {time} +0200\n");
            stream.Append(CultureInfo.InvariantCulture, $"data {message.Length}\n{Encoding.UTF8.GetString(message)}\n");
            int parent = Parent(random, tips, branch, i);
            if (parent > 0)
            {
                stream.Append(CultureInfo.InvariantCulture, $"from :{parent}\n");
            }

            int merges = parent == 0 ? 0 : random.Next(10) switch { 0 or 1 => 1, 2 => 2, 3 => 3 + random.Next(4), _ => 0 };
            foreach (int other in tips.Values.Where(t => t != parent).Distinct().OrderBy(_ => random.Next()).Take(merges))
            {
                stream.Append(CultureInfo.InvariantCulture, $"merge :{other}\n");
            }

            stream.Append(CultureInfo.InvariantCulture, $"M 644 inline f{random.Next(20)}\ndata <<E\n{i}\nE\n\n");
            tips[branch] = i;
        }

        return stream.ToString();
    }

    // Now and then a branch starts from nothing or anew from any commit.
    private static int Parent(Random random, Dictionary<string, int> tips, string branch, int next) => random.Next(40) switch
    {
        _ when next == 1 => 0,
        0 when branch != "main" && !tips.ContainsKey(branch) => 0,
        _ => tips.TryGetValue(branch, out int tip) ? tip : 1 + random.Next(next - 1),
    };
}
